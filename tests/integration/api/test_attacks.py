"""Calls that somebody else sent, sent twice or changed on the way: refused or answered once, and in the log."""

import base64
import json
import threading
import time
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection
from django.test import override_settings
from django.utils import timezone
from oauth2_provider.models import AccessToken, Application

from access import agency_clients
from access.models import CallCount, IdempotencyKey, Inquiry
from sealing.models import AuditEntry
from tests.integration.access.conftest import broken_log
from tests.integration.api.conftest import ORIGIN, signature_headers, stated
from tests.integration.api.test_inquiries import ASK, is_problem


def refusals(unit="S1"):
    """The codes of the calls that were refused, as the auditor sees them."""
    found = AuditEntry.objects.using("audit").filter(
        kind="authorisation", outcome="denied", unit=unit
    )
    return [code for entry in found.order_by("id") for code in entry.reasons]


def refused(response, status, code, *, unit="S1"):
    """Whether a call was refused with this problem, made no inquiry, and is in the log."""
    return (
        is_problem(response, status, code)
        and not Inquiry.objects.exists()
        and refusals(unit) == [code]
    )


def test_a_call_sent_again_is_refused(program):
    body = json.dumps(stated()).encode()
    headers = signature_headers(
        program.key, program.key_id, method="POST", url=ORIGIN + ASK, body=body
    )
    assert program.send(ASK, body, headers).status_code == 202
    assert is_problem(program.send(ASK, body, headers), 409, "nonce_used")
    assert Inquiry.objects.count() == 1
    assert refusals() == ["nonce_used"]


def test_a_stolen_nonce_serves_nobody_and_takes_none_away(program, court_program):
    """The same nonce under another key is another nonce: nobody can spend those of others."""
    assert program.ask(stated(), nonce="0123456789").status_code == 202
    assert is_problem(program.ask(stated(), nonce="0123456789"), 409, "nonce_used")
    assert court_program.ask(stated(), nonce="0123456789").status_code == 202
    assert refusals() == ["nonce_used"]


def test_a_changed_body_is_refused(program):
    other = json.dumps(stated(purpose="别的目的")).encode()
    assert refused(program.ask(stated(), sent=other), 401, "body_changed")


def test_a_changed_body_with_a_digest_that_fits_is_refused(program):
    body, other = json.dumps(stated()).encode(), json.dumps(stated(purpose="别的")).encode()
    headers = signature_headers(
        program.key, program.key_id, method="POST", url=ORIGIN + ASK, body=body
    )
    of_other = signature_headers(
        program.key, program.key_id, method="POST", url=ORIGIN + ASK, body=other
    )
    headers["Content-Digest"] = of_other["Content-Digest"]
    assert refused(program.send(ASK, other, headers), 401, "signature_invalid")


def test_a_call_meant_for_another_address_is_refused(program):
    elsewhere = [
        "http://other.example/api/v1/inquiries/",
        "https://testserver/api/v1/inquiries/",
        "http://testserver:8000/api/v1/inquiries/",
        "http://testserver/api/v1/inquiries/22222222222222222222/answer/",
        "http://testserver/api/v1/inquiries/?x=1",
    ]
    for signed_for in elsewhere:
        answer = program.ask(stated(), url=signed_for)
        assert is_problem(answer, 401, "signature_invalid"), signed_for
    assert refusals() == ["signature_invalid"] * len(elsewhere)
    assert not Inquiry.objects.exists()


def test_where_the_public_address_is_set_no_host_header_changes_it(program):
    with override_settings(REGISTRY_PUBLIC_URL="https://registry.example"):
        assert is_problem(program.ask(stated()), 401, "signature_invalid")
        signed = program.ask(stated(), url=f"https://registry.example{ASK}")
    assert signed.status_code == 202


NOT_AS_AGREED = [
    ({"method": "GET"}, "signature_invalid"),
    ({"tag": "other"}, "signature_invalid"),
    ({"tag": None}, "signature_invalid"),
    ({"alg": "rsa-pss-sha512"}, "signature_invalid"),
    ({"label": "sig2"}, "signature_invalid"),
    ({"keyid": None}, "signature_invalid"),
    ({"created": None}, "signature_invalid"),
    ({"alg": None}, "signature_incomplete"),
    ({"nonce": None}, "signature_incomplete"),
    ({"nonce": "short"}, "signature_incomplete"),
    ({"nonce": "x" * 129}, "signature_incomplete"),
    ({"expires": 4102444800}, "signature_incomplete"),
    ({"components": ("@method", "@target-uri")}, "signature_incomplete"),
    ({"components": ("@method", "content-digest")}, "signature_incomplete"),
    ({"components": ("@target-uri", "content-digest")}, "signature_incomplete"),
    (
        {"components": ("@method", "@target-uri", "content-digest", "content-type")},
        "signature_invalid",
    ),
]


def test_a_signature_with_more_or_less_than_agreed_is_refused(program):
    for signature, code in NOT_AS_AGREED:
        assert is_problem(program.ask(stated(), **signature), 401, code), signature
    assert refusals() == [code for _signature, code in NOT_AS_AGREED]
    assert not Inquiry.objects.exists()


def test_a_signature_is_good_for_300_seconds_before_and_after_it_was_made(program):
    for seconds in (-310, 310):
        answer = program.ask(stated(), created=int(time.time()) + seconds)
        assert is_problem(answer, 401, "signature_expired")
    assert refusals() == ["signature_expired"] * 2
    for seconds in (-290, 290):
        assert program.ask(stated(), created=int(time.time()) + seconds).status_code == 202


def test_an_unsigned_call_is_refused(program):
    body = json.dumps(stated()).encode()
    assert refused(program.send(ASK, body, {}), 401, "signature_missing")


def test_a_key_that_is_not_the_clients_is_refused(program, court_program):
    """Neither somebody's own key under the client's name, nor another client's key with this token."""
    foreign = program.ask(stated(), private=Ed25519PrivateKey.generate())
    assert is_problem(foreign, 401, "signature_invalid")
    borrowed = program.ask(stated(), private=court_program.key, key_id=court_program.key_id)
    assert is_problem(borrowed, 401, "key_unknown")
    assert refusals() == ["signature_invalid", "key_unknown"]


def test_an_answer_is_signed_too(program, record):
    number = program.ask(stated()).json()["receipt"]
    unsigned = program.send(f"{ASK}{number}/answer/", b"", {})
    assert is_problem(unsigned, 401, "signature_missing")
    assert Inquiry.objects.get().views == 0


def test_an_expired_token_is_refused(program):
    token = program.token
    AccessToken.objects.update(expires=timezone.now() - timedelta(seconds=1))
    answer = program.ask(stated(), token=token)
    assert refused(answer, 401, "token_expired")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_token_is_good_for_five_minutes(program):
    told = program.fetch_token().json()
    assert (told["expires_in"], told["scope"], told["token_type"]) == (300, "inquiry", "Bearer")
    left = AccessToken.objects.get().expires - timezone.now()
    assert timedelta(seconds=290) < left <= timedelta(seconds=300)


def test_a_revoked_client_is_refused_at_once(program, school):
    assert program.get("/api/v1/provisions/").status_code == 200
    agency_clients.revoke(unit=school, by="test")
    assert refused(program.ask(stated()), 401, "client_revoked")
    assert is_problem(program.fetch_token(), 401, "client_revoked")
    acts = (
        AuditEntry.objects.using("audit")
        .filter(kind="authorisation", outcome="done")
        .order_by("id")
    )
    details = [json.loads(bytes(entry.body))["details"] for entry in acts]
    assert [told["act"] for told in details if "client" in told] == [
        "client_made",
        "client_revoked",
    ]


def test_a_closed_unit_is_refused_at_once(program, school):
    assert program.token
    school.active = False
    school.save()
    assert refused(program.ask(stated()), 401, "unit_closed")
    assert is_problem(program.fetch_token(), 401, "unit_closed")


def test_a_wrong_secret_and_other_grants_are_refused(program):
    wrong = program.fetch_token(client_secret="a guess")
    assert is_problem(wrong, 401, "client_refused")
    assert wrong.json()["error"] == "invalid_client"
    assert refusals() == ["client_refused"]
    for grant in ("password", "authorization_code", "refresh_token", "implicit", ""):
        assert is_problem(program.fetch_token(grant_type=grant), 400, "malformed")
    assert is_problem(program.fetch_token(scope="everything"), 400, "malformed")
    assert not AccessToken.objects.exists()


UNREADABLE_FORMS = [
    ("application/x-www-form-urlencoded", b"a=" + b"b" * 3_000_000, "too_large"),
    ("application/x-www-form-urlencoded", b"&".join([b"a=1"] * 3_000), "malformed"),
    ("multipart/form-data", b"x", "malformed"),
]


def test_a_form_that_cannot_be_read_is_a_problem_too(program):
    """A client of OAuth reads `error`, every other the problem document."""
    for kind, body, code in UNREADABLE_FORMS:
        told = program.browser.post("/api/v1/token/", body, content_type=kind)
        assert is_problem(told, 400, code), (kind, told.content[:99])
        assert told.json()["error"] == "invalid_request"


def test_a_secret_may_come_by_basic_authentication(program):
    word = base64.b64encode(f"{program.client_id}:{program.client_secret}".encode()).decode()
    told = program.browser.post(
        "/api/v1/token/",
        {"grant_type": "client_credentials", "scope": "inquiry"},
        headers={"Authorization": f"Basic {word}"},
    )
    assert told.status_code == 200


def test_strangers_are_counted_and_do_not_fill_the_log(program):
    before = AuditEntry.objects.using("audit").count()
    for headers in ({}, {"Authorization": "Bearer made-up"}, {"Authorization": "Basic x"}):
        answer = program.browser.get("/api/v1/provisions/", headers=headers)
        assert answer.status_code == 401
    assert is_problem(program.fetch_token(client_id="nobody"), 401, "client_refused")
    assert is_problem(program.fetch_token(client_id="\x00"), 401, "client_refused")
    assert AuditEntry.objects.using("audit").count() == before
    assert CallCount.objects.get(caller="unknown").calls == 5


def test_nothing_a_thief_finds_in_the_database_opens_anything(program, superuser_connection):
    assert program.token
    [stored] = AccessToken.objects.values_list("token", "token_checksum")
    assert stored[0] == ""
    assert is_problem(program.ask(stated(), token=stored[1]), 401, "token_unknown")
    secret = Application.objects.get().client_secret
    assert is_problem(program.fetch_token(client_secret=secret), 401, "client_refused")
    for word in (program.token, program.client_secret, program.private_key.split("\n")[1]):
        for (table,) in superuser_connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND (relname LIKE 'access%' OR relname LIKE 'oauth2%')"
        ).fetchall():
            held = superuser_connection.execute(
                f"SELECT count(*) FROM {table} AS row WHERE row::text LIKE %s", [f"%{word}%"]
            ).fetchone()
            assert held == (0,), table


@override_settings(REGISTRY_CALLS_A_MINUTE=2, REGISTRY_TOKENS_A_MINUTE=1)
def test_too_many_calls_are_refused_whoever_is_asked_about(program):
    assert program.token
    assert is_problem(program.fetch_token(), 429, "too_many_calls")
    assert [program.ask(stated()).status_code for _ in range(2)] == [202, 202]
    last = [program.ask(stated()), program.get("/api/v1/provisions/"), program.ask(stated())]
    assert all(is_problem(answer, 429, "too_many_calls") for answer in last)
    assert last[0]["Retry-After"] == "60"
    assert refusals() == ["too_many_calls", "too_many_calls"]


def test_one_key_one_inquiry_whatever_the_nonce(program):
    first, second = program.ask(stated(), key="k-1"), program.ask(stated(), key="k-1")
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    other = program.ask(stated(purpose="别的目的"), key="k-1")
    assert is_problem(other, 409, "idempotency_conflict")
    assert Inquiry.objects.count() == 1
    assert refusals() == ["idempotency_conflict"]
    assert program.ask(stated(), key="k-2").json() != first.json()
    assert is_problem(program.ask(stated(), key="钥"), 400, "idempotency_key_malformed")


def test_a_key_is_the_clients_own(program, court_program):
    assert program.ask(stated(), key="k-1").json() != court_program.ask(stated(), key="k-1").json()


def test_two_at_once_with_one_key_are_one_inquiry(program):
    assert program.token
    answers, ready = [], threading.Barrier(6)

    def send():
        ready.wait(timeout=20)
        answers.append(program.ask(stated(), key="k-1"))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert [answer.status_code for answer in answers] == [202] * 6
    assert len({answer.content for answer in answers}) == 1
    assert Inquiry.objects.count() == IdempotencyKey.objects.count() == 1
    assert AuditEntry.objects.using("audit").filter(kind="inquiry").count() == 1


def test_a_nonce_is_spent_whatever_becomes_of_the_call(program):
    """After a failure the call is signed anew: nothing is ever done twice for one signature."""
    with broken_log():
        failed = program.ask(stated(), key="k-1", nonce="0123456789")
    assert is_problem(failed, 503, "not_entered")
    assert is_problem(program.ask(stated(), key="k-1", nonce="0123456789"), 409, "nonce_used")
    assert program.ask(stated(), key="k-1").status_code == 202
    assert Inquiry.objects.count() == 1


def test_a_refusal_that_cannot_be_entered_is_no_answer_either(program):
    assert program.token
    with broken_log():
        answer = program.ask(stated(), tag="other")
    assert is_problem(answer, 503, "not_entered")
