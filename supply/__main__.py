"""`python -m supply`: release, licences, audit."""

from pathlib import Path

import click

from supply import audit as auditing
from supply import licences as licensing
from supply import release as releasing


@click.group()
def main() -> None:
    """What a release is made of."""


@main.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("dist"), help="The folder to build into.")
def release(out: Path) -> None:
    """Build wheel, sdist, bill of materials and checksums of the commit that is checked out."""
    for file in releasing.release(out):
        click.echo(file)


@main.command()
def licences() -> None:
    """Write docs/licences.md anew; ends with 1 when something may not be shipped with us."""
    problems = licensing.problems()
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        raise SystemExit(1)
    licensing.PAGE.write_text(licensing.page(), encoding="utf-8")


@main.command()
@click.option("--service", type=click.Choice(["pypi", "osv", "esms"]), default="pypi", help="Whom to ask.")
@click.option("--osv-url", help="Another address of the service osv, such as a mirror.")
def audit(service: str, osv_url: str | None) -> None:
    """Look for known vulnerabilities of what requirements.lock pins.

    Ends with 0 when it looked and found none, with 1 when it found some, and with 2 when it could not look.
    """
    found = auditing.audit(service, osv_url)
    for line in found.lines():
        click.echo(line)
    raise SystemExit(found.status)


if __name__ == "__main__":
    main()
