"""OpenAI's own clients, from PyPI and npm, against a running service: nothing of them is changed but the address."""

import threading

import pytest

from tests.clients.harness import client
from tests.support import wait_until

CLIENTS = ["openai-py", "openai-js"]
NO_ERROR = {"error": None}


@pytest.fixture(scope="module", params=CLIENTS)
def came(request, drive):
    """What came of each step of a client."""
    return drive(request.param)


def test_a_string_is_answered(came):
    answer = came["string"]
    assert answer["id"].startswith("modr-")
    assert answer["flagged"] == [True]
    assert answer["categories"] == [["harassment"]]
    assert answer["names"] == len(answer["types"]) == len(answer["scores"][0]) == 13
    assert all(0 <= score <= 1 for score in answer["scores"][0].values())
    assert all(types == ["text"] for types in answer["types"].values())


def test_an_array_gets_a_result_for_each_text_in_order(came):
    assert came["array"]["flagged"] == [False, True]
    assert came["array"]["categories"] == [[], ["harassment"]]


def test_parts_get_one_result(came):
    assert came["parts"]["flagged"] == [True]


def test_a_model_that_openai_has_no_more_is_no_reason_to_fail(came):
    assert came["old model"]["flagged"] == [False]
    assert came["old model"]["model"] == came["string"]["model"] != "text-moderation-stable"


def test_an_empty_text_is_passed(came):
    assert came["empty"]["flagged"] == [False]


def test_the_headers_that_clients_read_are_there(came):
    raw = came["raw"]
    assert raw["request_id"]
    assert int(raw["remaining"]) < int(raw["limit"])
    assert raw["reset"].endswith("s")


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("image", ("BadRequestError", 400, "invalid_request_error", "input[2].type", "invalid_value")),
        ("bad key", ("AuthenticationError", 401, "invalid_request_error", None, "invalid_api_key")),
        ("empty array", ("BadRequestError", 400, "invalid_request_error", "input", "empty_array")),
        ("no text", ("BadRequestError", 400, "invalid_request_error", "input", "invalid_type")),
        ("too long", ("BadRequestError", 400, "invalid_request_error", "input", "array_above_max_length")),
    ],
)
def test_an_error_is_the_one_that_users_of_the_client_catch(came, step, expected):
    error = came[step]
    assert tuple(error[name] for name in ("error", "status", "type", "param", "code")) == expected
    assert error["request_id"]


def test_an_endpoint_that_is_not_here_is_the_clients_own_not_found(came):
    assert (came["another endpoint"]["error"], came["another endpoint"]["status"]) == ("NotFoundError", 404)


def test_both_ways_of_the_python_client_get_the_same(drive):
    came = drive("openai-py")
    assert came["async"]["scores"] == came["array"]["scores"]


@pytest.mark.parametrize("name", CLIENTS)
def test_over_its_limit_a_client_raises_its_own_error_and_is_told_when_to_come_back(service, name):
    service.environment["WINNOW_RATE_LIMIT"] = "2"
    service.start()
    came = client(name).drive(f"http://127.0.0.1:{service.port}", {"submit": service.key("submit")}, task="limited")
    errors = [one for one in came if one != NO_ERROR]
    for error in errors:
        assert (error["error"], error["status"]) == ("RateLimitError", 429)
        assert (error["type"], error["code"]) == ("requests", "rate_limit_exceeded")
        assert error["should_retry"] == "true"
        assert 0 < int(error["retry_after_ms"]) <= 60_000
    # Of six requests two may pass, or four, where the minute turned between them.
    assert 2 <= len(errors) <= 4


@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_repeats_by_itself_what_was_refused_while_redis_was_away(service, name):
    asks = client(name)
    asks.require()
    service.start()
    base, keys = f"http://127.0.0.1:{service.port}", {"submit": service.key("submit")}
    server = service.part("redis.sock")
    came = []
    asking = threading.Thread(target=lambda: came.append(asks.drive(base, keys, task="patient")))
    server.suspend()
    try:
        asking.start()
        wait_until(lambda: refused(service) > 0 or not asking.is_alive(), 60)
    finally:
        server.resume()
    asking.join()
    assert came[0]["retries"] > 0
    assert came[0]["flagged"] == [True]


def refused(service):
    """How many requests were answered with a 503 so far."""
    lines = service.raw("GET", "/metrics").data.decode().splitlines()
    wanted = 'winnow_http_requests_total{method="POST",route="/v1/moderations",status="503"}'
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(wanted))
