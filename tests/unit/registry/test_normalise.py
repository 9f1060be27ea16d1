"""One form for what people write in many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.normalise import normalise_decision_number, normalise_id_number, normalise_name

LETTERS = st.text(st.characters(categories=("Lu", "Ll", "Lo", "Nd", "Zs", "Po", "Ps", "Pe")))


@pytest.mark.parametrize(
    "written",
    [
        "京公朝行罚决字〔2026〕00001号",
        "京公朝行罚决字[2026]00001号",
        "京公朝行罚决字［2026］00001号",
        "京公朝行罚决字(2026)00001号",
        "京公朝行罚决字（2026）00001号",
        "京公朝行罚决字【2026】00001号",
        " 京公朝行罚决字〔２０２６〕 00001 号\u200b",
    ],
)
def test_a_decision_number_is_the_same_in_any_brackets(written):
    assert normalise_decision_number(written) == "京公朝行罚决字〔2026〕00001号"


def test_only_the_year_gets_the_brackets_of_the_year():
    assert normalise_decision_number("浦公(禁毒)行罚决字[2019]51476号") == (
        "浦公（禁毒）行罚决字〔2019〕51476号"
    )


def test_different_decisions_stay_different():
    assert normalise_decision_number("京公〔2026〕1号") != normalise_decision_number(
        "京公〔2025〕1号"
    )
    assert normalise_decision_number("京公〔2026〕1号") != normalise_decision_number(
        "京公〔2026〕01号"
    )


@pytest.mark.parametrize(
    ("id_type", "written", "normal"),
    [
        ("resident_id", "11010519491231002x", "11010519491231002X"),
        ("resident_id", " 110105 19491231 002X ", "11010519491231002X"),
        ("resident_id", "１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
        ("resident_id", "11010519491231002×", "11010519491231002X"),
        ("passport", "e1234567", "E1234567"),
        ("passport", "Ｅ１２３ ４５６７", "E1234567"),
        ("other", "军字第×12号", "军字第×12号"),
    ],
)
def test_document_numbers(id_type, written, normal):
    assert normalise_id_number(id_type, written) == normal


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("买买提·阿卜杜拉", "买买提阿卜杜拉"),
        ("买买提•阿卜杜拉", "买买提・阿卜杜拉"),
        ("张 三", "张三"),
        ("张\u3000三", "张三"),
        ("KIM MIN JUN", "Kim Min Jun"),
        ("Ｋｉｍ", "kim"),
        ("STRASSE", "Straße"),
    ],
)
def test_names_that_match(one, other):
    assert normalise_name(one) == normalise_name(other)


@pytest.mark.parametrize(("one", "other"), [("张三", "张山"), ("张三", "三张"), ("Ann", "Anna")])
def test_names_that_do_not(one, other):
    assert normalise_name(one) != normalise_name(other)


def as_passport(number):
    return normalise_id_number("passport", number)


@given(LETTERS)
def test_what_is_normal_stays_as_it_is(text):
    for normalise in (normalise_name, normalise_decision_number, as_passport):
        assert normalise(normalise(text)) == normalise(text)
