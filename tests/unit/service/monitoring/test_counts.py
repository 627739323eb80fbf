import subprocess
import sys
import threading

import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.monitoring.counts import FOLDER, fold, prepare_folder, whole
from service.monitoring.metrics import Metrics

COUNTS = """
import sys
from service.monitoring.metrics import Metrics
metrics = Metrics()
for n in range(int(sys.argv[1])):
    metrics.answered("GET", "/v1/comments/<id:comment_id>", 200, n / 10)
metrics.checked("coral", "höld\\n")
metrics.background.turned()
metrics.background.did("leases", 0.25)
metrics.began()
print(flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER, str(tmp_path))
    prepare_folder(tmp_path)
    return tmp_path


@pytest.fixture
def counting(folder):
    """Starts a process that counts so many requests, and lives until its input ends."""
    begun = []

    def begin(requests):
        command = [sys.executable, "-c", COUNTS, str(requests)]
        one = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        one.stdout.readline()
        begun.append(one)
        return one

    yield begin
    for one in begun:
        end(one)


def end(process):
    process.communicate()


def told():
    """What a scrape gets but for what only the living count, and that."""
    families = text_string_to_metric_families(Metrics().exposition().decode())
    samples = {(one.name, *sorted(one.labels.items())): one.value for family in families for one in family.samples}
    return samples, samples.pop(("winnow_http_requests_in_flight",), 0)


def test_what_ended_processes_counted_stays_and_their_files_do_not(folder, counting):
    lives = counting(3)
    for requests in (2, 4):
        end(counting(requests))
        before, under_way = told()
        assert under_way == 2
        fold(folder)
        after, under_way = told()
        assert under_way == 1
        assert after == pytest.approx(before, rel=1e-12)
    requests = ("winnow_http_requests_total", ("method", "GET"), ("route", "/v1/comments/<id:comment_id>"))
    assert after[(*requests, ("status", "200"))] == 3 + 2 + 4
    assert {file.stem.rpartition("_")[2] for file in folder.glob("*.db")} == {"0", str(lives.pid)}
    end(lives)
    before, _ = told()
    fold(folder)
    assert told() == (pytest.approx(before, rel=1e-12), 0)
    kinds = sorted(file.name for file in folder.iterdir())
    assert kinds == ["counter_0.db", "gauge_max_0.db", "histogram_0.db", "summary_0.db"]


def test_a_file_that_was_not_finished_counts_for_nothing(folder, counting):
    ended = counting(1)
    end(ended)
    before, _ = told()
    (folder / f"counter_{ended.pid}.db").rename(folder / "aside")
    (folder / f"counter_{ended.pid}.db").touch()
    fold(folder)
    (folder / "aside").rename(folder / f"counter_{ended.pid}.db")
    fold(folder)
    assert told()[0] == pytest.approx(before)


def test_while_somebody_looks_nothing_changes_and_each_look_waits_for_a_fold(folder, counting):
    end(counting(5))
    expected, _ = told()
    with whole(folder):
        files = sorted(folder.iterdir())
        fold(folder)
        assert sorted(folder.iterdir()) == files
    looks, done = [], threading.Event()

    def look():
        while not done.is_set():
            looks.append(told()[0])

    looking = threading.Thread(target=look)
    looking.start()
    for _ in range(2):
        end(counting(0))
        while any(file.stem.rpartition("_")[2] != "0" for file in folder.glob("*.db")):
            fold(folder)
    done.set()
    looking.join()
    requests = {key: value for key, value in expected.items() if "http_request" in key[0]}
    assert all(requests.items() <= one.items() for one in looks)


def test_without_room_for_the_sum_nothing_is_lost_and_it_is_tried_again(folder, counting):
    end(counting(2))
    before, _ = told()
    (folder / "counter_0.new").mkdir()  # stands for a full disk
    with pytest.raises(OSError, match="directory"):
        fold(folder)
    assert told()[0] == pytest.approx(before)
    (folder / "counter_0.new").rmdir()
    fold(folder)
    assert told()[0] == pytest.approx(before)
