"""`winnow bench`: the benchmarks of a checkout."""

import runpy
from pathlib import Path

import click


@click.command()
def bench() -> None:
    """Run the benchmarks: ratios, measured side by side on this machine. They are in a checkout only."""
    if not (Path.cwd() / "benchmarks" / "__main__.py").exists():
        raise click.ClickException("run this in a checkout of Winnow: benchmarks/ is not installed with it")
    runpy.run_module("benchmarks", run_name="__main__")
