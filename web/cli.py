"""`orderloom`: everything that is started or done from a shell."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kernel import settings


class Cli(click.Group):
    """Says a missing setting in one line instead of a traceback."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except settings.SettingMissing as missing:
            raise click.ClickException(str(missing)) from None


@click.group(cls=Cli, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="orderloom")
def main() -> None:
    """Orderloom: order management that each company shapes with stored configuration."""


@main.command()
@click.option("--host", default=lambda: settings.get("ORDERLOOM_HOST"), help="Address to listen on.")
@click.option("--port", type=int, default=lambda: settings.get_int("ORDERLOOM_PORT"), help="Port to listen on.")
@click.option("--processes", type=int, default=lambda: settings.get_int("ORDERLOOM_WEB_PROCESSES"))
@click.option("--threads", type=int, default=lambda: settings.get_int("ORDERLOOM_WEB_THREADS"))
def serve(host: str, port: int, processes: int, threads: int) -> None:
    """Run the web server: pages, portal and API."""
    from web.process.serve import serve as run

    run(host=host, port=port, processes=processes, threads=threads)


@main.command()
@click.option("--threads", type=int, default=4, show_default=True, help="Jobs at the same time.")
def worker(threads: int) -> None:
    """Run jobs: imports, notifications, backorders."""
    from web.process.worker import run_worker

    run_worker(threads)


@main.command()
def relay() -> None:
    """Run the relay, which hands committed events to the workers."""
    from web.process.relay import run

    run()


@main.command()
def scheduler() -> None:
    """Run the scheduler, which starts periodic tasks."""
    from web.process.scheduler import run

    run()


@main.command()
@click.option("--check", is_flag=True, help="Only say what is missing; status 1 if anything is.")
def migrate(check: bool) -> None:
    """Bring the database to the newest revision (as its owner)."""
    from kernel.schema.migrate import migrate as run
    from kernel.schema.migrate import pending_revisions

    url = settings.get_optional("DATABASE_OWNER_URL") or settings.get("DATABASE_URL")
    pending = pending_revisions(url)
    if check:
        click.echo(f"missing: {', '.join(pending)}" if pending else "up to date")
        sys.exit(1 if pending else 0)
    run(url)
    click.echo(f"applied {len(pending)} revisions" if pending else "up to date")


@main.command()
@click.option("--file", "path", type=click.Path(path_type=Path), required=True, help="Heartbeat file of the process.")
@click.option("--max-age", type=float, default=60, show_default=True, help="Seconds after which it counts as dead.")
def alive(path: Path, max_age: float) -> None:
    """Say whether a background process lives, by its heartbeat file (status 1: no)."""
    from kernel.telemetry.heartbeat import age_seconds

    age = age_seconds(path)
    click.echo("no heartbeat" if age is None else f"last heartbeat {age:.0f} s ago")
    sys.exit(0 if age is not None and age <= max_age else 1)


@main.command()
@click.option("--port", type=int, default=8000, show_default=True, help="Web port; the next free one if it is taken.")
@click.option("--state", type=click.Path(path_type=Path), default=Path("var/demo"), show_default=True)
@click.option("--reset", is_flag=True, help="Forget the demo's data and stop.")
def demo(port: int, state: Path, reset: bool) -> None:
    """Run the whole product on embedded servers, with demo data."""
    from web.demo.supervise import Demo, forget

    if reset:
        forget(state)
        click.echo("The demo's data is gone.")
        return
    sys.exit(Demo(state=state.resolve(), port=port).run())


if __name__ == "__main__":
    main()
