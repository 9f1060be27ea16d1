"""An auditor has the log verified by pressing a button; what was found is kept, and the act is in the log."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from psycopg import errors

from access.roles import Role
from sealing import log_verification, verifying
from sealing.audit_log import NotEntered
from sealing.models import AuditEntry, Verification, VerificationRun
from sealing.notes import Note
from sealing.sequencing import Sequencer
from sealing.signer import signer
from tests.integration.sealing.conftest import sequence
from tests.integration.sealing.rows import lookup, new_subject
from tests.integration.test_jobs import work_off
from tests.witnesses import listening

PAGE = "/admin/sealing/verification/"


@pytest.fixture
def worker(db: None, settings: Any, tmp_path: Path) -> Sequencer:
    settings.REGISTRY_SIGNER_STATE = tmp_path / "signer.note"
    made = Sequencer(signer())
    assert made.lead()
    return made


@pytest.fixture
def log(worker: Sequencer) -> list[Any]:
    from sealing import audit_log

    made = [audit_log.enter_alone(lookup(new_subject())) for _ in range(8)]
    sequence(worker)
    return made


def searches(act: str) -> list[dict[str, Any]]:
    told = [
        json.loads(bytes(one.body))
        for one in AuditEntry.objects.using("audit").filter(kind="search")
    ]
    return [said for said in told if said["details"].get("act") == act]


def test_pressed_it_is_done_in_the_background_and_kept(
    log: list[Any], auditor: Client, worker: Sequencer, settings: Any, tmp_path: Path
) -> None:
    with listening(tmp_path / "witness", worker.signer.keys) as witness:
        assert witness.step()
        settings.REGISTRY_WITNESS_KEY = str(witness.witness)
        assert auditor.post(PAGE)["Location"] == PAGE
        waits = auditor.get(PAGE).content.decode()
        assert "<progress" in waits
        assert "waits to be begun" in waits
        home = auditor.get("/admin/desk/").content.decode()
        assert "waits to be begun" in home
        assert "never verified from here" in home
        work_off()
    found = Verification.objects.get()
    assert found.findings == []
    assert found.trusted == found.cosigned <= found.size
    assert found.trusted >= len(log)
    assert Note.parse(found.note).cosigned_at(witness.witness)
    listed = auditor.get(PAGE).content.decode()
    assert "Nothing is wrong" in listed
    assert "<progress" not in listed
    shown = auditor.get(f"{PAGE}{found.pk}/").content.decode()
    assert found.note.splitlines()[2] in shown
    assert "Nothing is wrong" in auditor.get("/admin/").content.decode()
    home = auditor.get("/admin/desk/").content.decode()
    assert home.count("Nothing is wrong") == 2
    assert f"against the checkpoint of {found.trusted} entries" in home
    assert f"the first {found.cosigned} entries, by the witness" in home
    assert "asked for by A-auditor" in home
    assert f'href="{PAGE}{found.pk}/"' in home
    [asked], [done] = searches("asked"), searches("verified")
    assert asked["details"]["verification"] == done["details"]["verification"] == str(found.pk)
    assert asked["official"] == "A-auditor"


def test_the_desk_says_when_the_witness_has_fallen_silent(
    log: list[Any], auditor: Client, worker: Sequencer, tmp_path: Path, superuser_connection: Any
) -> None:
    """So it looks when the database and the signer's file were both put back: nothing else here knows."""
    with listening(tmp_path / "witness", worker.signer.keys) as witness:
        assert witness.step()
    words = "Not for more than an hour"
    assert words not in auditor.get("/admin/desk/").content.decode()
    superuser_connection.execute("SET session_replication_role = replica")
    superuser_connection.execute(
        "UPDATE sealing_cosignature SET received_at = received_at - interval '61 minutes'"
    )
    assert words in auditor.get("/admin/desk/").content.decode()


def test_the_first_bad_entry_is_named(
    log: list[Any], auditor: Client, superuser_connection: Any
) -> None:
    superuser_connection.execute("SET session_replication_role = replica")
    superuser_connection.execute(
        "UPDATE sealing_auditentry SET official = 'F1' WHERE id = %s", [log[5].id]
    )
    auditor.post(PAGE)
    work_off()
    found = Verification.objects.get()
    shown = auditor.get(f"{PAGE}{found.pk}/").content.decode()
    assert f"{log[5].id}: changed" in shown
    assert "Something is wrong" in auditor.get("/admin/").content.decode()


def test_while_one_waits_another_is_not_begun(log: list[Any], auditor: Client) -> None:
    for _again in range(2):
        auditor.post(PAGE)
    assert VerificationRun.objects.count() == 1
    assert len(searches("asked")) == 1


def test_its_progress_is_told(
    log: list[Any], auditor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    auditor.post(PAGE)
    run = VerificationRun.objects.get()
    address = f"{PAGE}{run.pk}/progress/"
    assert auditor.get(address).json()["state"] == "working"
    seen: list[Any] = []
    walk = verifying.verify

    def watched(*arguments: Any, on_progress: Any, **options: Any) -> Any:
        def moved(done: int, total: int) -> None:
            on_progress(done, total)
            seen.append(auditor.get(address).json())

        return walk(*arguments, on_progress=moved, **options)

    monkeypatch.setattr(verifying, "verify", watched)
    work_off()
    assert seen[0]["state"] == "working"
    assert seen[0]["done"] == seen[0]["total"] >= len(log)
    assert auditor.get(address).json()["state"] == "done"


def test_a_log_that_grows_meanwhile_is_verified_as_it_was(
    log: list[Any], worker: Sequencer
) -> None:
    """The sequencer goes on during the walk; what it adds is no finding."""
    from sealing import audit_log

    def grows(done: int, total: int) -> None:
        audit_log.enter_alone(lookup(new_subject()))
        sequence(worker)

    found = log_verification.verify(worker.signer, on_progress=grows)
    assert found.findings == []
    assert found.size < worker.size


def test_without_its_entry_nothing_is_begun(
    log: list[Any], auditor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise NotEntered("no")

    monkeypatch.setattr(verifying.audit_log, "enter", fails)
    assert auditor.post(PAGE).status_code == 503
    assert VerificationRun.objects.count() == 0


def test_a_run_that_does_not_move_says_so_and_another_may_be_begun(
    log: list[Any], auditor: Client, superuser_connection: Any
) -> None:
    auditor.post(PAGE)
    superuser_connection.execute("DELETE FROM procrastinate_jobs")
    superuser_connection.execute(
        "UPDATE sealing_verificationrun SET moved_at = now() - interval '6 min'"
    )
    assert "has not moved" in auditor.get(PAGE).content.decode()
    auditor.post(PAGE)
    work_off()
    assert Verification.objects.count() == 1


@pytest.mark.parametrize("role", [Role.SECURITY_ADMINISTRATOR, Role.SYSTEM_ADMINISTRATOR])
def test_only_auditors(log: list[Any], signed_in: Callable[..., Client], role: Role) -> None:
    browser = signed_in(role)
    for path in (PAGE, f"{PAGE}{uuid.uuid4()}/", f"{PAGE}{uuid.uuid4()}/progress/"):
        assert browser.get(path).status_code == 403
    assert browser.post(PAGE).status_code == 403


@pytest.mark.parametrize("role", ["app", "owner", "auditor", "sequencer", "bootstrap"])
def test_nobody_changes_what_was_found(
    log: list[Any], auditor: Client, connect: Callable[[str], Any], role: str
) -> None:
    auditor.post(PAGE)
    work_off()
    for act in (
        "UPDATE sealing_verification SET findings = '[]'",
        "DELETE FROM sealing_verification",
        "TRUNCATE sealing_verification",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            connect(role).execute(act)


def test_the_checkpoint_is_printed_for_the_file(
    log: list[Any], worker: Sequencer, signed_in: Callable[..., Client], tmp_path: Path
) -> None:
    with listening(tmp_path / "witness", worker.signer.keys) as witness:
        witness.step()
    for role in (Role.AUDITOR, Role.SYSTEM_ADMINISTRATOR):
        page = signed_in(role).get("/admin/checkpoint/").content.decode()
        assert str(witness.witness) in page
        assert worker.signed.root.hex() in page
        assert "data:image/svg+xml" in page
    assert signed_in(Role.SECURITY_ADMINISTRATOR).get("/admin/checkpoint/").status_code == 403
