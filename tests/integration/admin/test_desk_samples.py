"""Samples that nobody chooses, judgements that stay, and findings packs that prove without telling. All persons are made up."""

import hashlib
import hmac
import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone

from access import sampling
from access.alerts import Alert
from access.models import DrawnInquiry, Judgement, Sample
from access.roles import Role
from sealing import audit_log, signer, tree, verify_pack
from sealing.audit_log import Entry, Kind, Outcome
from sealing.merkle import leaf_hash
from sealing.models import AuditEntry
from sealing.sequencing import Sequencer
from sealing.subject import log_index
from tests.integration.admin.at_the_desk import DESK, WHY, filtered, told
from tests.integration.admin.conftest import enter
from tests.integration.sealing.conftest import sequence

SAMPLES = f"{DESK}samples/"
PERSON = "11010519491231002X"


@pytest.fixture(name="signed")
def fixture_signed(db, settings, tmp_path):
    """Return a function that puts everything into the tree and signs it."""
    settings.REGISTRY_SIGNER_STATE = tmp_path / "signer.note"
    worker = Sequencer(signer.signer())
    assert worker.lead()
    return lambda: sequence(worker)


@pytest.fixture(name="asked")
def fixture_asked(signed):
    """Forty inquiries of two units under two grounds, one of a third unit, and entries of other kinds; signed."""
    for number in range(40):
        ground = "MINORS-62" if number % 4 else "PRESCHOOL-44"
        enter(unit=f"U00{number % 2}", provision=ground, inquiry=f"receipt{number:013}")
    enter(unit="U777", provision="", exception="case_handling", inquiry="receiptofcourt")
    enter(unit="U888", kind=Kind.LOOKUP, outcome=Outcome.GRANTED, reasons=())
    signed()


def draw(browser, **changed):
    today = timezone.localdate().isoformat()
    return browser.post(SAMPLES, {"since": today, "until": today, "wanted": "8", **changed})


def test_a_sample_covers_every_unit_and_ground_and_can_be_drawn_again_by_anybody(asked, auditor):
    answer = draw(auditor)
    assert answer.status_code == 302
    sample = Sample.objects.get()
    assert sample.seed == tree.latest_checkpoint(alias="audit").checkpoint.root.hex()
    assert {(unit, ground) for unit, ground, *_ in sample.strata} == {
        ("U000", "PRESCHOOL-44"),
        ("U000", "MINORS-62"),
        ("U001", "MINORS-62"),
        ("U777", "case_handling"),
    }
    assert [row[2] for row in sample.strata] == [10, 10, 20, 1]
    assert sum(row[3] for row in sample.strata) == 8
    assert all(row[3] >= 1 for row in sample.strata)
    seed = bytes.fromhex(sample.seed)
    for unit, ground, _inquiries, drawn in sample.strata:
        found = AuditEntry.objects.using("audit").filter(kind="inquiry", unit=unit)
        found = found.filter(provision=ground) if "-" in ground else found
        lowest = sorted(found.values_list("pk", flat=True), key=lambda k: sampling.rank(seed, k))
        kept = DrawnInquiry.objects.filter(unit=unit, ground=ground).values_list("entry", flat=True)
        assert set(kept) == set(lowest[:drawn])
    page = auditor.get(answer["Location"]).content.decode()
    assert "8 of 41 inquiries, in 4 groups of unit and ground" in page
    assert {"act": "drew", "sample": str(sample.pk)}.items() <= told()[-2].items()


def test_grounds_are_told_in_words(asked, auditor):
    draw(auditor)
    page = auditor.get(f"{SAMPLES}{Sample.objects.get().pk}/").content.decode()
    assert "case_handling" not in page
    assert page.count("Handling of a case") == 2
    assert "PRESCHOOL-44 Preschool Education Law" in page


def test_before_a_checkpoint_there_is_no_lot(auditor):
    enter()
    assert "The log has no checkpoint yet" in draw(auditor).content.decode()
    assert not Sample.objects.exists()


def test_a_period_is_refused_with_what_is_wrong(asked, auditor):
    today = timezone.localdate()
    later, long = today + timedelta(days=1), today - timedelta(days=100)
    assert "Choose days up to today" in draw(auditor, until=later).content.decode()
    assert "three months at most" in draw(auditor, since=long).content.decode()
    assert "before the beginning" in draw(auditor, since=later).content.decode()
    assert draw(auditor, since="nonsense", wanted="0").status_code == 200
    assert not Sample.objects.exists()


def test_too_many_inquiries_want_a_shorter_period(asked, auditor, monkeypatch):
    monkeypatch.setattr("access.drawing.MOST_INQUIRIES", 10)
    assert "takes too long" in draw(auditor).content.decode()
    assert not Sample.objects.exists()


def test_days_without_an_inquiry_make_an_empty_sample(signed, auditor):
    enter(kind=Kind.FILING, outcome=Outcome.FILED)
    signed()
    page = auditor.get(draw(auditor)["Location"]).content.decode()
    assert "There was no inquiry on these days." in page


def judge(browser, drawn, **said):
    return browser.post(f"{SAMPLES}drawn/{drawn.pk}/", said)


def test_verdicts_stay_the_last_counts_and_coverage_follows(asked, auditor, superuser_connection):
    sample_page = draw(auditor)["Location"]
    one = DrawnInquiry.objects.filter(unit="U777").get()
    page = auditor.get(f"{SAMPLES}drawn/{one.pk}/").content.decode()
    assert "receiptofcourt" in page
    refused = judge(auditor, one, verdict="not_in_order")
    assert "Choose what is not in order or unclear." in refused.content.decode()
    assert judge(auditor, one, verdict="in_order", cause="ground").status_code == 302
    note = "样本批注：函件不符"
    assert judge(auditor, one, verdict="not_in_order", cause="letter", note=note).status_code == 302
    kept = [(found.verdict, found.cause) for found in Judgement.objects.all()]
    assert kept == [("in_order", ""), ("not_in_order", "letter")]
    page = auditor.get(sample_page).content.decode()
    row = page[page.index('<th scope="row">U777') :].split("</tr>")[0]
    assert [cell.split("<")[0] for cell in row.split('desk-number">')[1:]] == [
        "1",
        "1",
        "1",
        "1",
        "100.0 %",
    ]
    assert note in auditor.get(f"{SAMPLES}drawn/{one.pk}/").content.decode()
    assert note not in json.dumps(told(), ensure_ascii=False)
    (stored,) = superuser_connection.execute(
        "SELECT string_agg(j::text, ' ') FROM access_judgement AS j"
    ).fetchone()
    assert note not in stored
    assert note.encode().hex() not in stored


@pytest.mark.parametrize(
    "act",
    [
        "UPDATE access_sample SET seed = 'chosen'",
        "DELETE FROM access_sample",
        "TRUNCATE access_sample CASCADE",
        "UPDATE access_drawninquiry SET unit = 'x'",
        "DELETE FROM access_drawninquiry",
        "TRUNCATE access_drawninquiry CASCADE",
        "UPDATE access_judgement SET verdict = 'in_order'",
        "DELETE FROM access_judgement",
        "TRUNCATE access_judgement",
    ],
)
def test_draws_and_judgements_are_not_changed_or_removed(
    asked, auditor, owner_connection, app_connection, act
):
    draw(auditor)
    judge(auditor, DrawnInquiry.objects.first(), verdict="unclear", cause="letter")
    for held in (owner_connection, app_connection):
        with pytest.raises(Exception, match=r"refused|denied"):
            held.execute(act)
        held.rollback()


@pytest.mark.parametrize("role", [Role.CLERK, Role.SECURITY_ADMINISTRATOR])
def test_nobody_else_draws_judges_or_packs(asked, auditor, signed_in, role):
    draw(auditor)
    sample, one = Sample.objects.get(), DrawnInquiry.objects.first()
    other = signed_in(role)
    assert draw(other).status_code == 403
    assert judge(other, one, verdict="in_order").status_code == 403
    for path in (f"{SAMPLES}{sample.pk}/", f"{DESK}pack/sample/{sample.pk}/", f"{DESK}pack/"):
        assert other.get(path).status_code == 403
        assert other.post(path, WHY).status_code == 403
    assert (Sample.objects.count(), Judgement.objects.count()) == (1, 0)


def packed(browser, path: str) -> bytes:
    answer = browser.post(path, WHY)
    assert answer["Content-Type"] == "application/zip"
    return answer.content


def files(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_a_pack_of_a_sample_verifies_alone_and_carries_findings_as_codes(
    asked, auditor, tmp_path, capsys
):
    draw(auditor)
    sample, one = Sample.objects.get(), DrawnInquiry.objects.filter(unit="U777").get()
    judge(auditor, one, verdict="not_in_order", cause="letter", note="样本批注")
    content = packed(auditor, f"{DESK}pack/sample/{sample.pk}/")
    lines = [json.loads(line) for line in files(content)["entries.jsonl"].splitlines()]
    found = {line["entry"]: (line["verdict"], line["cause"]) for line in lines}
    assert len(found) == 8
    assert found[str(one.entry)] == ("not_in_order", "letter")
    said = told()[-1]
    assert (said["act"], said["count"]) == ("packed", 8)
    assert said["digest"] == hashlib.sha256(content).hexdigest()
    file = tmp_path / "pack.zip"
    file.write_bytes(content)
    key = str(signer.verifier_keys(json.loads(files(content)["manifest.json"])["origin"])[-1])
    assert verify_pack.main([str(file), "--key", key]) == 0
    assert "8 entries are under" in capsys.readouterr().out


def test_a_pack_of_an_alert_and_one_of_filters(asked, auditor):
    keys = [enter(unit="U555"), enter(unit="U555")]
    now = timezone.now()
    alert = Alert.objects.create(
        rule="burst", key="F1", day=now.date(), first_at=now, last_at=now, entries=keys[:1]
    )
    early = auditor.post(f"{DESK}pack/alert/{alert.pk}/", WHY)
    assert "no checkpoint over these entries yet" in early.content.decode()


def test_entries_that_wait_for_the_tree_are_named_as_waiting(asked, auditor, signed):
    first = enter(unit="U555")
    signed()
    late = enter(unit="U555")
    content = packed(auditor, f"{DESK}pack/?search={filtered(auditor, unit='U555')}")
    assert [json.loads(line)["entry"] for line in files(content)["entries.jsonl"].splitlines()] == [
        first
    ]
    assert json.loads(files(content)["manifest.json"])["waiting"] == [late]


def test_a_pack_and_every_number_of_a_county_and_day_confirm_nobody(signed, auditor):
    """An outsider knows everything an entry says but the person, and tries all numbers; only the key tells."""
    person = log_index("resident_id", PERSON)
    made = Entry(
        kind=Kind.INQUIRY,
        outcome=Outcome.DENIED,
        unit="U001",
        official="F1012",
        person=person,
        inquiry="receipt",
    )
    audit_log.enter_alone(made)
    signed()
    content = packed(auditor, f"{DESK}pack/?search={filtered(auditor, unit='U001')}")
    held = files(content)
    leaf = json.loads(held["entries.jsonl"])["leaf_hash"]
    assert leaf_hash(made.body()).hex() == leaf
    numbers = [with_check(f"{PERSON[:14]}{number:03}") for number in range(1000)]
    assert PERSON in numbers
    known = made.body()
    confirmed = [
        number
        for number in numbers
        for guess in guesses(number)
        if leaf_hash(known.replace(person.encode(), guess.encode())).hex() == leaf
    ]
    assert confirmed == []
    everything = "".join(held.values())
    assert not [number for number in numbers if any(one in everything for one in guesses(number))]
    for secret in (person, "U001", "F1012", "receipt", "inquiry"):
        assert secret not in everything
    with_the_key = leaf_hash(
        known.replace(person.encode(), log_index("resident_id", PERSON).encode())
    )
    assert with_the_key.hex() == leaf


def with_check(digits: str) -> str:
    """Return a resident ID of 17 digits with its check character (GB 11643)."""
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(digits))
    return digits + "10X98765432"[total % 11]


def guesses(number: str) -> list[str]:
    """Return what the person's hash would be without a key, or with one that anybody knows."""
    plain = number.encode()
    return [
        number,
        hashlib.sha256(plain).hexdigest(),
        hashlib.sha256(b"resident_id" + plain).hexdigest(),
        hmac.digest(b"", plain, "sha256").hex(),
        hmac.digest(bytes(32), plain, "sha256").hex(),
    ]
