"""Publishing under load: real workers, many connections, and never a failed or a mixed answer."""

import threading
from collections import Counter
from dataclasses import replace

import orjson
import pytest
import urllib3

from model.classifier import DEFAULT, Classifier
from tests.support import model_like, wait_until

CONNECTIONS = 6
SHIFTS = {"stern": 2.0, "mild": -2.0, "wary": 1.0}
"""How much higher the logits of each version are than those of the model that ships."""

TEXTS = ("You stupid, worthless idiot.", "Great read, thanks!", "Win cash now at http://x.example")


@pytest.fixture
def folders(tmp_path):
    return {version: model_like(DEFAULT, tmp_path / version, version, shift) for version, shift in SHIFTS.items()}


def expected(classifier):
    """What a model answers to each text."""
    return [
        {name: round(value, 4) for name, value in scored.scores.items()} for scored in classifier.score(list(TEXTS))
    ]


def publish(service, *arguments):
    service.command("model", "publish", *map(str, arguments), "--force", "--reason", "a test")


class Client(threading.Thread):
    """Posts without a pause on a connection of its own and keeps what is wrong with the answers."""

    def __init__(self, service, key, truth):
        super().__init__(daemon=True)
        self.service, self.key, self.truth = replace(service, pool=urllib3.PoolManager(retries=False)), key, truth
        self.wrong, self.versions, self.last, self.ended = [], Counter(), "", threading.Event()

    def run(self):
        while not self.ended.is_set():
            try:
                self.once()
            except Exception as problem:  # noqa: BLE001  # whatever it is, it is a failed request
                self.wrong.append(repr(problem))

    def once(self):
        comments = [{"body": text} for text in TEXTS]
        scored = self.ask("/v1/score", {"texts": list(TEXTS)})
        batch = self.ask("/v1/comments/batch", {"comments": comments})["results"]
        singles = [self.ask("/v1/comments", comment) for comment in comments]
        answers = [(scored["model"], [one["scores"] for one in scored["results"]], self.truth)]
        answers.append((" and ".join({one["model"] for one in batch}), [one["scores"] for one in batch], self.truth))
        answers += [
            (one["model"], one["scores"], {version: scores[n] for version, scores in self.truth.items()})
            for n, one in enumerate(singles)
        ]
        for version, scores, truth in answers:
            self.versions[version] += 1
            self.last = version
            if truth.get(version) != scores:
                self.wrong.append((version, scores))

    def ask(self, path, json):
        answer = self.service.raw("POST", path, self.key, json)
        assert answer.status in {200, 201}, answer.data
        return answer.json()


def test_publishing_and_rolling_back_under_load_fails_and_mixes_no_request(service, folders):
    own = Classifier.load()
    truth = {own.version: expected(own)} | {
        version: expected(Classifier.load(folder)) for version, folder in folders.items()
    }
    service.start()
    key = service.key("submit")
    clients = [Client(service, key, truth) for _ in range(CONNECTIONS)]
    for client in clients:
        client.start()

    def everybody_answers(version):
        """Every worker soon answers with a version, and with no other from then on."""
        wait_until(lambda: all(client.last == version for client in clients))
        for _ in range(2):  # what was asked before is answered with the first of these
            before = [Counter(client.versions) for client in clients]
            pairs = list(zip(clients, before, strict=True))
            wait_until(lambda: all((client.versions - seen).total() > 10 for client, seen in pairs))  # noqa: B023
        assert {one for client, seen in pairs for one in client.versions - seen} == {version}

    everybody_answers(own.version)
    for version in ("stern", "mild"):
        publish(service, folders[version])
        everybody_answers(version)
    service.command("model", "rollback")
    everybody_answers("stern")
    publish(service, folders["wary"], "--site", "herald")
    everybody_answers("wary")
    service.command("model", "rollback", "--site", "herald")
    everybody_answers("stern")
    for client in clients:
        client.ended.set()
        client.join(60)
    wrong = [one for client in clients for one in client.wrong]
    assert not wrong, wrong[:3]


def test_a_published_model_serves_after_a_restart_and_in_a_worker_that_is_started_again(service, folders):
    service.start()
    key = service.key("submit")
    publish(service, folders["stern"])
    wait_until(lambda: service.raw("GET", "/v1/model", key).json()["version"] == "stern")
    service.stop()
    bad = next((service.data / "models").glob("*/weights.npy"))
    content = bytearray(bad.read_bytes())
    content[len(content) // 2] ^= 1
    bad.unlink()
    bad.write_bytes(content)
    service.start()
    assert service.raw("GET", "/v1/model", key).json()["version"] == "stern"
    assert service.raw("POST", "/v1/score", key, {"texts": list(TEXTS)}).json()["model"] == "stern"
    killed = service.web_workers()
    for worker in killed:
        worker.kill()
    wait_until(lambda: len(service.web_workers()) == 2 and not set(killed) & set(service.web_workers()))
    wait_until(lambda: service.raw("GET", "/v1/model", key).json()["version"] == "stern")
    listed = [orjson.loads(line) for line in service.command("model", "list", "--json").stdout.splitlines()]
    assert [(one["version"], one["in_force"]) for one in listed] == [
        ("stern", True),
        (Classifier.load().version, False),
    ]
