import pytest

from tests.documentation.shell import refused, winnow_calls

SCRIPT = """
# winnow is not called here
WINNOW_WORKERS=2 winnow serve
winnow export decisions --site "$SITE" > decisions.jsonl   # a remark
winnow export comments | tac > comments.jsonl
A=$(winnow keys create --site herald \\
    --role submit) && winnow-env/bin/winnow doctor
docker compose exec winnow-1 winnow keys list
docker build -t winnow .
pip install winnow
kubectl --namespace winnow create secret generic winnow --from-literal=A=b
kubectl exec deployment/winnow -- winnow sites list 2> steps.txt
"""


def test_calls_are_found_wherever_they_stand():
    assert list(winnow_calls(SCRIPT)) == [
        ["serve"],
        ["export", "decisions", "--site", "$SITE"],
        ["export", "comments"],
        ["keys", "create", "--site", "herald", "--role", "submit"],
        ["doctor"],
        ["keys", "list"],
        ["sites", "list"],
    ]


@pytest.mark.parametrize(
    "call",
    [
        "serve",
        "model adapt no-such-file.jsonl --out candidate",
        "model publish candidate --site $SITE",
        "keys create --site herald --role submit",
        "doctor --help",
        "--version",
    ],
)
def test_a_real_call_is_taken(call):
    assert refused(call.split()) == ""


@pytest.mark.parametrize(
    "call",
    [
        "model",
        "model adopt decisions.jsonl --out candidate",
        "model adapt --out candidate",
        "model adapt decisions.jsonl",
        "model publish one two",
        "keys create --site herald --roll submit",
        "keys create --site herald --role guest",
    ],
)
def test_a_call_that_would_fail_is_refused_with_the_reason(call):
    assert refused(call.split())
