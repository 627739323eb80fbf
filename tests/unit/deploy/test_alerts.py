"""The alerts are ones that Prometheus takes, and each fires and is silent when it should."""

import re
import subprocess

import yaml

from tests.monitoring import PROMETHEUS, alerts, names_in, program, rules


def told(*arguments):
    done = subprocess.run([program("promtool"), *arguments], cwd=PROMETHEUS, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_promtool_takes_the_rules_and_the_configuration():
    code, said = told("check", "config", "prometheus.yaml")
    assert code == 0, said
    assert f"SUCCESS: {len(rules())} rules found" in said


def test_every_alert_fires_when_it_should_and_is_silent_when_it_should_not():
    cases = yaml.safe_load((PROMETHEUS / "alerts_test.yaml").read_text(encoding="utf-8"))["tests"]
    tried = {(one["alert_rule_test"][0]["alertname"], bool(one["alert_rule_test"][0]["exp_alerts"])) for one in cases}
    assert tried == {(one["alert"], fires) for one in alerts() for fires in (True, False)}
    code, said = told("test", "rules", "alerts_test.yaml")
    assert code == 0, said


def test_every_alert_says_what_to_do_and_where_it_is_written():
    page = (PROMETHEUS.parents[1] / "docs" / "operating.md").read_text(encoding="utf-8")
    headings = {re.sub(r"[^a-z0-9]+", "-", one.lower()).strip("-") for one in re.findall(r"^#+ (.*)$", page, re.M)}
    assert {one["alert"].lower() for one in alerts()} <= headings
    for one in alerts():
        said = one["annotations"]
        assert set(said) == {"summary", "action", "runbook_url"}
        assert said["runbook_url"] == f"docs/operating.md#{one['alert'].lower()}"
        assert one["labels"]["severity"] in ("page", "ticket")


def test_every_section_on_an_alert_has_one():
    page = (PROMETHEUS.parents[1] / "docs" / "operating.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^### (Winnow\w+)$", page, re.M)) == sorted(one["alert"] for one in alerts())


def test_every_recorded_ratio_is_used():
    used = " ".join(one["expr"] for one in alerts())
    for one in rules():
        assert "alert" in one or one["record"] in used
        assert names_in(one["expr"]) or "winnow:" in one["expr"] or one.get("alert") == "WinnowDown"
