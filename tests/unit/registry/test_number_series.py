"""A decision number is taken apart when it is of the usual form, and never guessed at."""

import pytest

from registry.number_series import taken_apart


@pytest.mark.parametrize(
    "number",
    [
        "京公朝行罚决字〔2026〕00034号",
        "京公朝行罚决字[2026]34号",
        "京公朝行罚决字（2026） 第34 号",
        "京公朝行罚决字第〔２０２６〕３４号",
        "京公朝\u200b行罚决字【2026】0034号",
    ],
)
def test_one_number_is_one_number_however_it_is_written(number: str) -> None:
    assert taken_apart(number) == ("京公朝行罚决字", 2026, 34)


@pytest.mark.parametrize(
    "number",
    [
        "",
        "样例1号",
        "京公朝行罚决字〔2026〕34",
        "京公朝行罚决字〔2026〕0号",
        "京公朝行罚决字〔2026〕34-1号",
        "京公朝行罚决字〔2026〕34号之一",
        "京公朝行罚决字〔2026〕9999999999号",
        "京公朝行罚决〔2026〕34号",
        "110105199003071013字〔2026〕1号",
        "Zhang字〔2026〕1号",
        "京公朝〔2026〕行罚决字34号",
        f"{'京' * 30}字〔2026〕1号",
    ],
)
def test_a_number_of_another_form_is_not_taken_apart(number: str) -> None:
    assert taken_apart(number) is None
