"""The README's GRANTs are what each role needs: no less, and no more."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from sq_console.config import DbSettings
from sq_console.errors import StoreDenied
from sq_console.model import Finding, Role
from sq_console.store import open_store
from sq_console.store.engines.mysql.probes.grants_check import role_findings
from sq_console.store.schema.grants import EVERY_TABLE, GRANTS, Grant
from tests.conftest import SCHEMA
from tests.readme_grants import drop_users, grants, make_users
from tests.servers import Server

Users = tuple[Server, dict[Role, DbSettings]]
ROLES = pytest.mark.parametrize("role", list(Role))


@pytest.fixture(params=["mariadb", "mysql"], scope="module")
def users(request: pytest.FixtureRequest) -> Iterator[Users]:
    server: Server = request.getfixturevalue(request.param)
    db = server.create_database()
    server.command(SCHEMA.read_text(encoding="utf-8"), db.db)
    made = make_users(server, db)
    # A user who has nothing at all in a database is not let in.
    server.command("CREATE TABLE theirs (id INT)", db.db)
    for user in made.values():
        server.command(f"GRANT SELECT ON {db.db}.theirs TO {user.user}")
    yield server, made
    drop_users(server, db)
    server.drop_database(db.db)


def each_privilege(role: Role) -> set[tuple[Grant, str]]:
    return {
        (grant._replace(privileges=(privilege,)), privilege)
        for grant in GRANTS[role]
        for privilege in grant.privileges
    }


@ROLES
def test_the_readme_and_check_ask_for_the_same(role: Role) -> None:
    assert grants(role) == each_privilege(role)


@ROLES
def test_they_are_enough_for_check(users: Users, role: Role) -> None:
    store = open_store(users[1][role], any_schema=True)  # as `check` opens it

    findings = store.admin.check([role])

    store.close()
    assert [finding for finding in findings if not finding.ok] == []
    assert f"this user may do what a {role} does" in {each.text for each in findings}


def missing_of(db: DbSettings, role: Role) -> list[Finding]:
    # Privileges on a whole database are those of the login.
    store = open_store(db, any_schema=True)
    findings = role_findings(store.session, role)
    store.close()
    return [finding for finding in findings if not finding.ok]


@pytest.mark.mostly_slow(1)
@ROLES
def test_each_one_that_is_missing_is_named_with_the_grant_that_gives_it(
    users: Users, role: Role
) -> None:
    server, settings = users
    db = settings[role]
    for grant, privilege in sorted(each_privilege(role)):
        columns = f" ({', '.join(grant.columns)})" if grant.columns else ""
        place = "*" if grant.table == EVERY_TABLE else grant.table_name
        on = f"{privilege}{columns} ON {db.db}.{place}"
        server.command(f"REVOKE {on} FROM {db.user}")

        missing = missing_of(db, role)

        assert [each.advice for each in missing] == [f"GRANT {on} TO '{db.user}'@'%'"]
        server.command(missing[0].advice)
    assert missing_of(db, role) == []


@pytest.mark.parametrize(
    "given",
    [
        "GRANT ALL ON {db}.* TO anna",
        "GRANT ALL ON `test\\_%`.* TO anna",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON *.* TO anna",
        "CREATE ROLE boss; GRANT ALL ON {db}.* TO boss; GRANT boss TO anna; {use}",
    ],
    ids=["database", "wildcard", "everywhere", "role"],
)
def test_grants_by_other_ways_count(users: Users, given: str) -> None:
    server, settings = users
    db = settings[Role.READER]
    use = "SET DEFAULT ROLE {}".format(
        "boss FOR anna" if server.product == "mariadb" else "boss TO anna"
    )
    server.command("CREATE USER anna IDENTIFIED BY 'anna'")
    server.command(given.format(db=db.db, use=use))
    try:
        anna = replace(db, user="anna", passwd="anna")
        assert [missing_of(anna, role) for role in Role] == [[]] * len(Role)
    finally:
        server.command("DROP USER anna; DROP ROLE IF EXISTS boss")


def test_a_denied_write_says_which_grant_to_ask_for(users: Users) -> None:
    store = open_store(users[1][Role.READER])

    with pytest.raises(StoreDenied) as denied:
        store.holds.hold("a.example.com", "anna@here", "why")

    store.close()
    assert denied.value.advice.startswith("ask for GRANT ")
    assert " ON queued_job" in denied.value.advice
