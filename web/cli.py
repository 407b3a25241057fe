"""`orderloom`: everything that is started or done from a shell."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from kernel import settings
from kernel.errors import DomainError


class Cli(click.Group):
    """Says a missing setting in one line instead of a traceback."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except settings.SettingMissing as missing:
            raise click.ClickException(str(missing)) from None
        except DomainError as refusal:
            said = [str(refusal)] + [
                f"  {problem.pointer}: {problem.message.format(**problem.facts)}" for problem in refusal.problems
            ]
            raise click.ClickException("\n".join(said)) from None


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


@main.group()
def tenant() -> None:
    """Companies that run their business here."""


@tenant.command("create")
@click.option("--slug", required=True, help="Names the host: <slug>.<base host>. It never changes.")
@click.option("--name", required=True)
@click.option("--admin-email", required=True, help="The first administrator.")
@click.option("--admin-name", default="")
@click.option("--admin-password", help="Without one, the administrator gets an invitation link (printed here).")
@click.option("--currency", default="USD", show_default=True, help="ISO 4217.")
@click.option("--zone", default="UTC", show_default=True, help="IANA time zone; decides business days.")
@click.option("--locale", type=click.Choice(["en", "zh-CN"]), default="en", show_default=True)
@click.option(
    "--template",
    "template_key",
    help="marketplace_seller, omnichannel_retailer, maker_to_order, cross_border_seller or wholesaler.",
)
def create_tenant(**options: Any) -> None:
    """Make a company that can take orders at once."""
    from web.commands.tenants import create

    click.echo(create(**options))


@tenant.command("sandbox")
@click.option("--tenant", "slug", required=True, help="Slug of the company.")
@click.option("--admin-email", required=True, help="Somebody of its staff; becomes the sandbox's administrator.")
def create_tenant_sandbox(slug: str, admin_email: str) -> None:
    """Make a company a sandbox: a company of its own with the configuration in force, to try changes in."""
    from web.commands.tenants import create_sandbox

    click.echo(create_sandbox(slug, admin_email))


@main.group()
def config() -> None:
    """A company's configuration as files, to keep in version control."""


_TENANT = click.option("--tenant", "slug", required=True, help="Slug of the company.")
_FOLDER = click.option(
    "--dir", "folder", type=click.Path(path_type=Path, file_okay=False), default=Path("config"), show_default=True
)


def _side(command: Callable[..., None]) -> Callable[..., None]:
    """Which configuration: of a company of this installation, or of one elsewhere, by its API key."""
    for option in (
        click.option("--tenant", "slug", help="Slug of a company of this installation."),
        click.option("--url", envvar="ORDERLOOM_URL", help="Address of an installation, instead of --tenant."),
        click.option("--key", envvar="ORDERLOOM_KEY", help="API key of the company there. Better in the environment."),
    ):
        command = option(command)
    return _FOLDER(command)


@config.command("pull")
@_side
@click.option("--only", multiple=True, help="Address of a document (kind/key); comes with all that it needs.")
def config_pull(folder: Path, slug: str | None, url: str | None, key: str | None, only: tuple[str, ...]) -> None:
    """Write the configuration in force to a folder, a file per document: the same bytes for the same content."""
    from web.commands.configuration import pull, side

    click.echo(pull(side(slug, url, key), folder, only))


@config.command("diff")
@_side
@click.option("--prune", is_flag=True, help="Compare as `push --prune` would do it.")
def config_diff(folder: Path, slug: str | None, url: str | None, key: str | None, prune: bool) -> None:
    """Say in sentences what the folder would change. Status 0: nothing, 1: something, 2: it could not be compared."""
    from web.commands.configuration import diff, side

    try:
        changes = diff(side(slug, url, key), folder, prune=prune)
    except (DomainError, ValueError, OSError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
    click.echo("\n".join(changes) if changes else "no differences")
    sys.exit(1 if changes else 0)


@config.command("push")
@_side
@click.option("--notes", default="", help="Said in the release's history.")
@click.option("--prune", is_flag=True, help="Remove documents that the folder does not have.")
@click.option("--draft-only", is_flag=True, help="Leave drafts; somebody publishes them in the web.")
@click.option("--replace", is_flag=True, help="Replace drafts that others have on the way.")
@click.option(
    "--map", "mapping", multiple=True, help="roles:theirs=yours or users:theirs=yours, for names unknown there."
)
def config_push(folder: Path, slug: str | None, url: str | None, key: str | None, **how: Any) -> None:
    """Check the folder's documents and publish them as a new release. Status 0: in force (or already was), 1: refused,
    3: waits for a second person."""
    from web.commands.configuration import FolderUnreadable, push, side

    try:
        said, status = push(side(slug, url, key), folder, **how)
    except (FolderUnreadable, OSError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(said)
    sys.exit(status)


@main.group("import")
def import_() -> None:
    """Files in."""


@import_.command("orders")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_TENANT
@click.option("--channel", default="file", show_default=True)
@click.option("--order-type", default="standard", show_default=True)
@click.option("--check-only", is_flag=True, help="Name all faults and place nothing.")
@click.option("--create-customers", is_flag=True, help="Make persons of unknown customer numbers.")
@click.option("--create-skus", is_flag=True, help="Make SKUs of unknown codes (tax class standard).")
@click.option("--errors", type=click.Path(path_type=Path), help="Where to write the rows of bad orders with reasons.")
def import_orders(file: Path, **options: Any) -> None:
    """Import orders from CSV or XLSX (also .csv.gz). An order number is placed once, however often it is sent."""
    from web.commands.imports import import_order_file

    sys.exit(import_order_file(file, click.echo, **options))


@import_.command("products")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_TENANT
def import_products(file: Path, slug: str) -> None:
    """Import products from CSV or XLSX, one SKU per row, by code."""
    from web.commands.imports import import_product_file

    click.echo(import_product_file(file, slug))


@main.command()
def doctor() -> None:
    """Check settings, database, queue and ledgers; status 1 if anything is wrong."""
    from web.commands.doctor import examine

    findings = examine()
    for finding in findings:
        click.echo(f"{'ok   ' if finding.well else 'WRONG'} {finding.what}")
    sys.exit(0 if all(finding.well for finding in findings) else 1)


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
