"""One unit with an account of each role, and something of every kind to see: what the visits of every page are about.

All persons are made up.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import connection
from django.test import Client
from django.utils import timezone
from guardian.shortcuts import assign_perm
from psycopg.types.json import Jsonb

from access import authorisations, proposals, rosters, standing
from access.account_standing import follow_roles
from access.alerts import Alert
from access.inquiries import Person
from access.models import AuthorisationProposal, Contest, HolidayYear, Inquiry, Unit, User
from access.provisions import provision
from access.roles import Role, grant
from access.roster import Roster
from access.samples import DrawnInquiry, Sample
from access.scopes import provision_scope
from access.terms import Terms
from registry.drafting import save_draft, submit
from registry.import_run_models import ImportRun, RejectedRows, RunState
from registry.models import Stage
from registry.officers import officer_of
from registry.unfinished import Seen, keep
from sealing import audit_log
from sealing.audit_log import Entry, Kind, Outcome
from sealing.models import AuditEntry, DropProposal
from sealing.retention import PROPOSE
from sealing.subject import lock_index
from tests.integration.registry.conftest import decision
from tests.integration.sealing.rows import notified, sealed_record

SEALED_PERSON = ("欧阳密存", "11010519491231002X", "密存路九十九号")
DRAFT_PERSON = ("司徒草稿", "110105194912310038", "草稿路八十八号")
ASKED_PERSON = ("上官受询", "110105194912310054")


class Things:
    """One unit with an account of each role, a sealed record, drafts, a granted inquiry: made anew for each use."""

    def __init__(self, visitors: list[str]) -> None:
        self.unit = Unit.objects.create(code="U900", name="样本单位", kind="school")
        self.accounts = {name: self._account(name) for name in visitors}
        self.browsers = {name: self._browser(account) for name, account in self.accounts.items()}
        self.authorisation = authorisations.load(
            unit=self.unit,
            ground="MINORS-62",
            **_this_year(),
            officials=[self.accounts["inquirer"]],
            by="test",
        )
        self.record = self._sealed_record()
        self.record_is_revoked = False

    def known(self, form: str, parameters: list[str]) -> dict[str, str]:
        """Return values for an address's parameters that name something there is."""
        made = {
            "receipt": lambda: (
                (
                    self._contested()
                    if "reviews/contests/" in form
                    else self._roster()
                    if "rosters" in form
                    else self._inquiry(in_review="review" in form)
                ).receipt
            ),
            "key": lambda: self._key(form),
            "object_id": lambda: self._key(form),
            "alert": lambda: self._alert().pk,
            "sample": lambda: self._drawn().sample_id,
            "drawn": lambda: self._drawn().pk,
        }
        return {name: str(made[name]()) for name in parameters if name in made}

    def _key(self, form: str) -> Any:
        if form.startswith("records/import/"):
            return self._import_run().pk
        if form.startswith("records/unfinished/"):
            return self._unfinished().pk
        if form.startswith("records/"):
            return self._draft(Stage.TO_VERIFY if "verify/" in form else Stage.DRAFT).pk
        if form.startswith("admin/approvals/"):
            return self._proposal().pk
        if form.startswith("notifications/"):
            return self._notification().pk
        if "auditentry" in form:
            return AuditEntry.objects.using("audit").latest("id").pk
        rows = {
            "dropproposal": self._drop_proposal(),
            "alert": self._alert(),
            "authorisation": self.authorisation,
            "unit": self.unit,
            "user": self.accounts["clerk"],
            "holidayyear": self._holidays(),
        }
        return rows[part].pk if (part := form.split("/")[2]) in rows else 1

    def _drop_proposal(self) -> Any:
        """Propose to drop a month, if nobody did; what it says of the month is made up."""
        if made := DropProposal.objects.first():
            return made
        key = uuid4()
        words = ("month", "leaves", "archive", "reason", "legal_basis")
        said = {**dict.fromkeys(words, "1990-01"), "order": str(key), "proposed_by": "A-other"}
        said |= {"entries": 1, "first": 0, "last": 0, "size": 1}
        details = {"act": "drop_proposed", "order": str(key)}
        entry = Entry(
            kind=Kind.RETENTION, outcome=Outcome.DONE, official="A-other", details=details
        )
        with audit_log.committed(), connection.cursor() as cursor:
            audit_log.enter(entry)
            cursor.execute(PROPOSE, [key, "1990-01-01", Jsonb(said), "A-other", entry.id])
        return DropProposal.objects.get(pk=key)

    def _holidays(self) -> Any:
        return HolidayYear.objects.earliest("year")

    def _alert(self) -> Any:

        now = timezone.now()
        stated = {"first_at": now, "last_at": now, "entries": []}
        return Alert.objects.get_or_create(
            rule="burst", key="A-inquirer", day=now.date(), defaults=stated
        )[0]

    def _drawn(self) -> Any:
        days = {"since": "2026-01-01", "until": "2026-01-31"}
        strata = [[self.unit.code, "MINORS-62", 1, 1]]
        sample = Sample.objects.create(**days, wanted=1, seed="00" * 32, size=1, strata=strata)
        return DrawnInquiry.objects.create(
            sample=sample, entry=uuid4(), unit=self.unit.code, ground="MINORS-62"
        )

    def _account(self, name: str) -> Any:
        unit = self.unit if name in {"clerk", "verifying_officer", "inquirer"} else None
        account = User.objects.create_user(f"A-{name or 'none'}", unit=unit)
        if name == "superuser":
            account.is_superuser = account.is_staff = True
            account.save()
        elif name:
            grant(user=account, role=Role(name), by="test")
            follow_roles(account)
        return User.objects.get(pk=account.pk)

    def _browser(self, account: Any) -> Any:
        client = Client(raise_request_exception=False)
        client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    def _inquiry(self, *, in_review: bool) -> Any:

        name, number = ASKED_PERSON
        inquirer = self.accounts["inquirer"]
        made = Inquiry.objects.create(
            unit=self.unit,
            made_by=inquirer,
            officials=[inquirer.number],
            undertaking=True,
            exception="state_regulation",
            provision="MINORS-62",
            purpose="聘用",
            post="教师",
            case_number="",
            letter_number="函1号",
            id_type="resident_id",
            id_number=number,
            name=name,
            views=1,
            status="under_review" if in_review else "granted",
            scope=provision_scope(provision("MINORS-62")).as_dict(),
            **_now(),
        )
        standing.let_see(made)
        if in_review:
            assign_perm(standing.REVIEW_INQUIRY, self.accounts["reviewing_officer"], made)
        return made

    def _contested(self) -> Any:

        made = self._inquiry(in_review=False)
        denied = {"status": "denied", "scope": None, "decided_at": timezone.now()}
        Inquiry.objects.filter(pk=made.pk).update(**denied)
        made.refresh_from_db()
        contest = Contest.objects.create(
            inquiry=made,
            made_by=self.accounts["inquirer"],
            made_on=timezone.localdate(),
            grounds="样例理由",
            denied_at=made.decided_at,
            denied_for=["post_missing"],
        )
        assign_perm("access.review_contest", self.accounts["reviewing_officer"], contest)
        return made

    def _proposal(self) -> Any:
        for earlier in AuthorisationProposal.objects.filter(state="open"):
            proposals.close(proposal=earlier, by=earlier.made_by)
        other = User.objects.filter(number="A-second").first()
        if other is None:
            other = User.objects.create_user("A-second")
            grant(user=other, role=Role.SECURITY_ADMINISTRATOR, by="test")
        days = _this_year()
        return proposals.propose(
            unit=self.unit,
            ground="PRESCHOOL-44",
            terms=Terms(days["valid_from"], days["valid_to"], frozenset()),
            letter=proposals.Letter("样函1号", days["valid_from"]),
            by=other,
        )

    def _roster(self) -> Any:

        inquirer = self.accounts["inquirer"]
        Unit.objects.filter(pk=self.unit.pk).update(roster_limit=5)
        made = Roster.objects.create(
            unit=self.unit,
            made_by=inquirer,
            provision="MINORS-62",
            size=5,
            purpose="年度核查",
            officials=[inquirer.number],
            letter_number="函1号",
            letter_issued_on=timezone.localdate(),
        )
        assign_perm(rosters.VIEW_ROSTER, inquirer, made)
        name, number = ASKED_PERSON
        asked = rosters.Named(Person("resident_id", number, name), "教师")
        rosters.add(roster=made, named=[asked], by=inquirer)
        return made

    def _import_run(self) -> Any:
        run = ImportRun.objects.create(
            organ_code=self.unit.code, law="2025", language="en", uploaded_by="A-other"
        )
        RejectedRows.of(run, "1,,bad_value\n").save()
        run.state, run.rows_total, run.rows_done, run.filed = RunState.CHECKED, 2, 2, 1
        run.save(update_fields=["state", "rows_total", "rows_done", "filed"])
        return run

    def _unfinished(self) -> Any:
        clerk = officer_of(self.accounts["clerk"])
        return keep(key=uuid4(), typed={"name": "样本甲"}, seen=Seen(), by=clerk)

    def _draft(self, stage: str) -> Any:
        clerk = officer_of(self.accounts["clerk"])
        draft = save_draft(row=_decision(DRAFT_PERSON, self.unit), by=clerk)
        if stage == Stage.TO_VERIFY:
            submit(draft=draft, by=clerk)
        return draft

    def _notification(self) -> Any:
        made = notified(self.record, self.unit.code)
        if not self.record_is_revoked:
            known = {"replaces": self.record.id, "id_number": SEALED_PERSON[1]}
            sealed_record(bytes(self.record.subject), outcome="revoked", **known)
            self.record_is_revoked = True
        return made

    def _sealed_record(self) -> Any:
        name, number, address = SEALED_PERSON
        more = {"name": name, "id_number": number, "address": address, "facts": f"经查，{name}"}
        return sealed_record(
            lock_index("resident_id", number), clerk="A-clerk", clerk_unit=self.unit.code, **more
        )


def _decision(person: tuple[str, str, str], unit: Any) -> Any:

    name, number, address = person
    stated = {"name": name, "id_number": number, "address": address, "facts": f"经查，{name}"}
    return replace(decision(organ_code=unit.code, organ_name=unit.name), **stated)


def _this_year() -> dict[str, Any]:
    today = timezone.localdate()
    return {"valid_from": today, "valid_to": today + timedelta(days=365)}


def _now() -> dict[str, Any]:
    return {"made_on": timezone.localdate(), "expires_at": timezone.now() + timedelta(days=1)}
