from multiprocessing import get_context

import pytest

from service.monitoring import census
from service.monitoring.census import FILE, Clerk
from tests.support import wait_until

COUNTED = b"winnow_sites 1.0\n"


def test_two_background_processes_count_beside_each_other_while_one_takes_the_others_place(tmp_path):
    clerk = Clerk(tmp_path, lambda: COUNTED)

    def count():
        for _ in range(2000):
            clerk.once()

    other = get_context("fork").Process(target=count)
    other.start()
    count()
    other.join()
    assert other.exitcode == 0
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [(FILE, COUNTED)]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_is_damaged_in_redis_ends_one_count_and_not_the_counting(tmp_path, monkeypatch):
    def counts():
        yield ValueError("a policy that cannot be read")
        yield COUNTED
        yield SystemExit()  # ends the thread

    outcomes = counts()

    def count():
        outcome = next(outcomes)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    monkeypatch.setattr(census, "EVERY", 0.01)
    Clerk(tmp_path, count).start()
    wait_until((tmp_path / FILE).exists)
