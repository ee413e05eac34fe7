"""Users of a real server with exactly the privileges that the README gives them."""

import re
from dataclasses import replace
from pathlib import Path

from sq_console.config import DbSettings
from sq_console.model import Role
from sq_console.store.schema.grants import Grant
from tests.known_passwords import GRANTED
from tests.servers import Server

README = Path(__file__).parent.parent / "README.md"
_LINE = re.compile(r"GRANT ([^;]+?)\s+ON queue\.(\S+) TO ([a-z, ]+);")
_PRIVILEGE = re.compile(r"(\w+)(?: \(([^)]*)\))?")


def statements() -> list[str]:
    """Return the GRANTs of the README, each one of its own."""
    text = README.read_text(encoding="utf-8").partition("### Grants\n")[2]
    block = text.partition("```sql\n")[2].partition("```")[0]
    return [line.strip() + ";" for line in block.split(";") if line.strip()]


def grants(role: Role) -> set[tuple[Grant, str]]:
    """Return what the README gives *role*: each privilege by itself."""
    given: set[tuple[Grant, str]] = set()
    for statement in statements():
        found = _LINE.fullmatch(statement)
        assert found, statement
        if role in found[3].split(", "):
            for name, columns in _PRIVILEGE.findall(found[1]):
                table = found[2].removeprefix("queued_job").removeprefix("_")
                names = tuple(columns.split(", ")) if columns else ()
                given.add((Grant(table, (name,), names), name))
    return given


def make_users(server: Server, db: DbSettings) -> dict[Role, DbSettings]:
    """Make a user for each role, as the README says; how each logs in."""
    for role in Role:
        server.command(f"CREATE USER {role}_{db.db} IDENTIFIED BY '{GRANTED}'")
    for statement in statements():
        given, _, users = statement.rstrip(";").rpartition(" TO ")
        named = ", ".join(f"{user}_{db.db}" for user in users.split(", "))
        server.command(f"{given.replace('queue.', f'{db.db}.')} TO {named}")
    return {role: replace(db, user=f"{role}_{db.db}", passwd=GRANTED) for role in Role}


def drop_users(server: Server, db: DbSettings) -> None:
    for role in Role:
        server.command(f"DROP USER {role}_{db.db}")
