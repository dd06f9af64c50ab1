"""The portal, and who may read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cityreach.cli.options import JsonFlag, command_runtime
from cityreach.cli.output import emit_list, say, show_line
from operations.errors import UsageError

if TYPE_CHECKING:
    from operations.runtime import Runtime
    from portal.users.errors import AccessError

user_app = typer.Typer(help="People who may sign in to the portal.", no_args_is_help=True)
token_app = typer.Typer(help="Tokens of programs that ask the portal.", no_args_is_help=True)
_Name = Annotated[str, typer.Argument(help="The user's name.")]
_Cities = Annotated[list[str] | None, typer.Option("--city", help="City id; may be given again.")]


def portal_command() -> None:
    """Serve the portal: pages and API for analysts, operators and the team."""
    from operations.errors import Failed
    from operations.remedies import GET_PORTAL
    from operations.running.installed import portal_installed

    if not portal_installed():
        raise Failed(f"no portal: {GET_PORTAL}")
    from operations.health.servers import require_mongo
    from operations.running.logs import log_to_file
    from operations.running.portal import serve_portal

    runtime = command_runtime()
    log_to_file(runtime.settings)
    require_mongo(runtime.mongo_uri)
    serve_portal(runtime, say)


def assist_command() -> None:
    """Give assistants published numbers, read-only, by the Model Context Protocol on stdio."""
    from cityreach.settings import load_settings
    from operations.running.installed import require_assistants

    require_assistants()
    settings = load_settings().portal
    if settings.assistant_token is None:
        raise UsageError(
            "no token: `cityreach token create --user NAME --scope published` makes one; set it as "
            "CITYREACH_PORTAL__ASSISTANT_TOKEN"
        )
    from portal.assistants.asking import PortalApi
    from portal.assistants.tools import assistant_server

    url = settings.public_url or f"http://{settings.host}:{settings.port}"
    assistant_server(PortalApi(url, settings.assistant_token.get_secret_value())).run("stdio")


def _refused(error: AccessError) -> UsageError:
    """Which field is wrong is said where the sentence does not name it."""
    return UsageError(error.text if error.field in {"user", "token"} else str(error))


def _noted(runtime: Runtime, what: str, subject: str, **detail: Any) -> None:
    from portal.users.audit import note_command

    note_command(runtime.db, runtime.clock.now(), what, subject, **detail)


@user_app.command("add")
def add_user(
    name: _Name,
    role: Annotated[str, typer.Option(help="analyst, operator or admin.")],
    city: _Cities = None,
) -> None:
    """Let somebody in; prints a one-time password."""
    from portal.users.errors import AccessError
    from portal.users.passwords import one_time_password
    from portal.users.people import add_person
    from portal.users.roles import Role
    from registry.cities import load_cities

    runtime, password = command_runtime(), one_time_password()
    if role not in tuple(Role):
        raise UsageError(f"--role {role}: expected one of {', '.join(Role)}")
    if unknown := set(city or ()) - set(load_cities()):
        raise UsageError(f"--city {min(unknown)}: there is no such city")
    try:
        add_person(runtime.db, name, Role(role), city or (), password, runtime.clock.now())
    except AccessError as error:
        raise _refused(error) from None
    _noted(runtime, "user.add", name, role=role, cities=list(city or ()))
    show_line(f"{name}: one-time password {password}")


@user_app.command("list")
def list_users(as_json: JsonFlag = False) -> None:
    """All users."""
    from portal.users.people import people

    rows = [
        {
            "name": one.name,
            "role": one.role.value,
            "cities": list(one.cities),
            "disabled": one.disabled,
            "one_time": one.must_change,
            "signed_in_at": one.signed_in_at.isoformat() if one.signed_in_at else None,
        }
        for one in people(command_runtime().db)
    ]
    columns = "name, role, cities, disabled, one_time: one-time password, signed_in_at: last"
    emit_list(rows, "users", columns, as_json=as_json)


@user_app.command("disable")
def disable_user(
    name: _Name, again: Annotated[bool, typer.Option("--undo", help="Let them in again.")] = False
) -> None:
    """Let somebody in no more: sessions and tokens stop at once."""
    from portal.users.errors import AccessError
    from portal.users.people import disable_person

    runtime = command_runtime()
    try:
        disable_person(runtime.db, name, disabled=not again)
    except AccessError as error:
        raise _refused(error) from None
    _noted(runtime, "user.enable" if again else "user.disable", name)
    say(f"{name} may sign in again" if again else f"{name} may not sign in any more")


@user_app.command("password")
def reset_password(name: _Name) -> None:
    """Give somebody a new one-time password; their sessions end."""
    from portal.users.errors import AccessError
    from portal.users.passwords import one_time_password
    from portal.users.people import set_password

    runtime, password = command_runtime(), one_time_password()
    try:
        set_password(runtime.db, name, password, one_time=True)
    except AccessError as error:
        raise _refused(error) from None
    _noted(runtime, "password.reset", name)
    show_line(f"{name}: one-time password {password}")


@token_app.command("create")
def create_token_command(
    user: Annotated[str, typer.Option(help="Whose rights it has.")],
    scope: Annotated[str, typer.Option(help="read, or published: published numbers alone.")] = (
        "read"
    ),
    city: _Cities = None,
    days: Annotated[int, typer.Option(min=1, help="It expires after so many days.")] = 90,
    note: Annotated[str, typer.Option(help="What it is for.")] = "",
) -> None:
    """Make a token; it is shown this once."""
    from portal.users.errors import AccessError
    from portal.users.roles import TokenScope
    from portal.users.tokens import create_token

    runtime = command_runtime()
    if scope not in tuple(TokenScope):
        raise UsageError(f"--scope {scope}: expected one of {', '.join(TokenScope)}")
    try:
        secret, token = create_token(
            runtime.db,
            user,
            runtime.clock.now(),
            note=note,
            scope=TokenScope(scope),
            cities=city or (),
            days=days,
        )
    except AccessError as error:
        raise _refused(error) from None
    _noted(runtime, "token.create", token.id, user=user, scope=scope, cities=list(city or ()))
    say(f"token {token.id} of {user}, until {token.expires_at:%Y-%m-%d}; it is shown this once:")
    show_line(secret)


@token_app.command("list")
def list_tokens(as_json: JsonFlag = False) -> None:
    """All tokens, without what they are."""
    from portal.users.tokens import tokens

    rows = [
        {
            "id": one.id,
            "user": one.user,
            "scope": one.scope.value,
            "cities": list(one.cities),
            "expires_at": one.expires_at.isoformat(),
            "revoked": one.revoked,
            "note": one.note,
        }
        for one in tokens(command_runtime().db)
    ]
    columns = "id, user, scope, cities, expires_at: expires, revoked, note"
    emit_list(rows, "tokens", columns, as_json=as_json)


@token_app.command("revoke")
def revoke_token_command(
    token: Annotated[str, typer.Argument(help="Its id, at least six letters of it.")],
) -> None:
    """From now on it opens nothing."""
    from portal.users.errors import AccessError
    from portal.users.tokens import revoke_token

    runtime = command_runtime()
    try:
        revoked = revoke_token(runtime.db, token)
    except AccessError as error:
        raise _refused(error) from None
    _noted(runtime, "token.revoke", revoked.id, user=revoked.user)
    say(f"token {revoked.id} of {revoked.user} opens nothing any more")
