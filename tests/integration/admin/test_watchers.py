"""Those who watch see codes and keyed hashes, never a person: on no page that they can open, and not past the pages either."""

import json

from sealing.models import AuditEntry
from sealing.subject import lock_index, log_index
from tests.house.addresses import every_address
from tests.integration.access.conftest import (  # noqa: F401 - fixtures
    RECORDED,
    ask,
    fixture_asker,
    fixture_official,
    fixture_record,
    fixture_school,
    fixture_stated,
)
from tests.integration.admin.at_the_desk import WHY, question


def test_no_page_of_an_auditor_reveals_a_person(asker, stated, record, auditor) -> None:
    """There is nothing that a second person could allow: an auditor has no way to a name at all."""
    number, name = RECORDED
    typed = asker.post("/inquiries/new/", stated(purpose="")).content.decode()
    assert name in typed, "the control: who asks sees what he typed"
    inquiry = ask(asker, stated())
    person = log_index("resident_id", number)
    entries = AuditEntry.objects.using("audit").filter(inquiry=inquiry.receipt)
    pages = [auditor.get(question(auditor, number, **WHY)["Location"])]
    pages += [auditor.get(f"/admin/sealing/auditentry/{entry.pk}/change/") for entry in entries]
    for address in every_address():
        pages.append(auditor.get(address.path(receipt=inquiry.receipt, pk=str(record.pk))))
    shown = [page.content.decode() for page in pages if page.status_code == 200]
    assert len(shown) > len(entries) > 0
    assert not [text for text in shown if name in text or number in text]
    assert any(person in text or inquiry.receipt in text for text in shown), (
        "they do show its entries"
    )


def test_the_auditors_database_role_reads_hashes_and_no_person(
    asker, stated, record, auditor_connection, superuser_connection
) -> None:
    """Whoever signs in to the database as the auditors' pages do, past the pages, is in no log; so this is all it gets."""
    ask(asker, stated())
    number, name = RECORDED
    readable = [
        table
        for (table,) in superuser_connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')"
        )
        if _reads(auditor_connection, table)
    ]
    assert "sealing_auditentry" in readable
    columns = {
        table: [
            column
            for (column,) in superuser_connection.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
                " AND has_column_privilege('registry_auditor', attrelid, attnum, 'SELECT')",
                [table],
            )
        ]
        for table in readable
    }
    assert "subject" not in columns["sealing_auditentry"]
    held = ""
    for table, names in columns.items():
        listed = ", ".join(f'"{one}"' for one in names)
        held += str(auditor_connection.execute(f'SELECT {listed} FROM "{table}"').fetchall())
    assert log_index("resident_id", number) in held, "the control: the entry itself was read"
    for secret in (name, number, json.dumps(name), lock_index("resident_id", number).hex()):
        assert secret not in held


def _reads(connection, table: str) -> bool:
    asked = "SELECT has_any_column_privilege(%s, 'SELECT')"
    return bool(connection.execute(asked, [f'public."{table}"']).fetchone()[0])
