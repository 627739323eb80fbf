"""The dashboard is one that Grafana takes and Prometheus understands."""

import subprocess

import yaml

from tests.monitoring import dashboard, expressions, panels, program


def test_every_panel_says_what_it_shows_and_in_what_unit():
    for panel in panels():
        assert panel["title"]
        assert panel["description"].endswith("."), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["targets"], panel["title"]


def test_ids_and_titles_are_unique_and_no_panel_covers_another():
    every = dashboard()["panels"]
    assert len({one["id"] for one in every}) == len(every)
    assert len({one["title"] for one in every}) == len(every)
    cells = [
        (x, y)
        for at in (one["gridPos"] for one in every)
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_the_data_source_is_a_variable_and_no_host_is_named():
    variables = {one["name"]: one["type"] for one in dashboard()["templating"]["list"]}
    assert variables == {"datasource": "datasource", "instance": "query"}
    sources = [one["datasource"] for one in panels()]
    sources += [target["datasource"] for one in panels() for target in one["targets"]]
    assert {(one["type"], one["uid"]) for one in sources} == {("prometheus", "${datasource}")}


def test_every_row_of_the_house_is_there():
    rows = [one["title"] for one in dashboard()["panels"] if one["type"] == "row"]
    expected = ["Now", "Traffic", "Latency", "Errors", "Moderation", "Queue", "Webhooks", "Redis", "Model and drift"]
    assert rows == [*expected, "Processes"]


def test_prometheus_parses_every_expression(tmp_path):
    made = [{"record": f"panel:{n}", "expr": expression} for n, expression in enumerate(expressions())]
    file = tmp_path / "dashboard.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": made}]}))
    done = subprocess.run([program("promtool"), "check", "rules", str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(made)} rules found" in done.stdout
