"""`load_units --credentials` gives each unit one client and one file, and never a second."""

import json
import stat

import pytest
from django.core.management import CommandError, call_command

from access import agency_clients
from access.models import AgencyClient, CallCount, IdempotencyKey, SpentNonce, Unit
from tests.integration.access.conftest import broken_log
from tests.integration.access.test_load_units import unit
from tests.integration.api.conftest import Program, stated

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(name="load")
def fixture_load(tmp_path):
    """Load one unit with credentials; return its file."""

    def load(**changes):
        path = tmp_path / "units.json"
        path.write_text(json.dumps([unit(**changes)]), encoding="utf-8")
        call_command("load_units", path, credentials=tmp_path / "given")
        return tmp_path / "given" / "X1.json"

    return load


def test_the_file_opens_the_interface_and_is_its_owners_alone(load):
    file = load()
    assert set(json.loads(file.read_text())) == {
        *("client_id", "client_secret", "key_id", "private_key"),
    }
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert Program.of(file).get("/api/v1/provisions/").json() == []
    assert Program.of(file).ask(stated()).status_code == 202


def test_a_second_run_keeps_client_and_file(load, capsys):
    before = load().read_bytes()
    assert load().read_bytes() == before
    assert AgencyClient.objects.count() == 1
    assert "0 made, 1 kept" in capsys.readouterr().out


def test_a_lost_file_is_not_made_again_until_the_client_is_revoked(load, capsys):
    file = load()
    old = Program.of(file)
    file.unlink()
    load()
    assert not file.exists()
    assert "1 clients have no file" in capsys.readouterr().err
    call_command("revoke_client", "X1")
    load()
    assert Program.of(file).key_id != old.key_id
    assert Program.of(file).get("/api/v1/provisions/").status_code == 200
    assert old.fetch_token().status_code == 401


def test_a_run_that_was_killed_before_the_file_had_its_name_is_completed(load):
    file = load()
    kept = file.read_bytes()
    file.rename(file.with_name(".X1.json.new"))
    assert load().read_bytes() == kept


def test_without_an_entry_there_is_no_client_and_no_file(load, tmp_path):
    with broken_log(), pytest.raises(CommandError):
        load()
    assert not AgencyClient.objects.exists()
    assert not (tmp_path / "given" / "X1.json").exists()


@pytest.mark.parametrize("code", ["../X1", ".X1", "a/b"])
def test_a_code_that_leads_out_of_the_folder_is_refused(load, tmp_path, code):
    with pytest.raises(CommandError, match="no file name"):
        load(code=code)
    assert not list(tmp_path.rglob("*X1*"))


def test_revoking_says_what_cannot_be_revoked(load):
    load()
    call_command("revoke_client", "X1")
    for code in ("X1", "nobody"):
        with pytest.raises(CommandError):
            call_command("revoke_client", code)


def test_the_application_cannot_change_a_client_or_bring_a_nonce_back(load, app_connection):
    load()
    for act in (
        "UPDATE access_agencyclient SET public_key = '\\x00'",
        "UPDATE access_agencyclient SET unit_id = unit_id",
        "DELETE FROM access_agencyclient",
        "UPDATE oauth2_provider_application SET client_secret = 'x'",
        "DELETE FROM oauth2_provider_application",
        "UPDATE access_spentnonce SET nonce = 'x'",
        "UPDATE access_idempotencykey SET key = 'x'",
        "INSERT INTO oauth2_provider_refreshtoken (token) VALUES ('x')",
        "INSERT INTO oauth2_provider_grant (code) VALUES ('x')",
    ):
        with pytest.raises(Exception, match="permission denied"):
            app_connection.execute(act)


def test_one_unit_has_one_client(load):
    load()
    held = Unit.objects.get(code="X1")
    credentials = agency_clients.draw(held)
    with pytest.raises(Exception, match="did not commit"):
        agency_clients.enrol(unit=held, credentials=credentials, public_key=b"", by="test")


def test_what_is_old_is_forgotten_and_what_is_new_is_not(load, superuser_connection):
    program = Program.of(load())
    program.ask(stated(), key="k-1")
    call_command("forget_calls")
    assert SpentNonce.objects.exists()
    assert IdempotencyKey.objects.exists()
    for column in (
        "access_spentnonce.spent_at",
        "access_callcount.minute",
        "access_idempotencykey.made_at",
        "oauth2_provider_accesstoken.expires",
    ):
        table, name = column.split(".")
        superuser_connection.execute(f"UPDATE {table} SET {name} = {name} - interval '40 days'")
    call_command("forget_calls")
    for model in (SpentNonce, CallCount, IdempotencyKey):
        assert not model.objects.exists()
    assert program.get("/api/v1/provisions/").json()["code"] == "token_unknown"
