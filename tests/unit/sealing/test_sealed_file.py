"""A sealed file gives back what was written, from any position, and nothing of what was changed."""

import os
from pathlib import Path

import pytest

from sealing.cipher import Unopenable
from sealing.sealed_file import PIECE, SealedWriter, open_sealed

PLACE = ("table", "file", "one")
STORED = PIECE + 32


def sealed(path: Path, plain: bytes, *, at_once: int = 10_000) -> Path:
    writer = SealedWriter(path, place=PLACE)
    for start in range(0, len(plain), at_once):
        writer.write(plain[start : start + at_once])
    writer.finish()
    return path


def read(path: Path, place: tuple[str, ...] = PLACE) -> bytes:
    with open_sealed(path, place=place) as file:
        return file.read()


@pytest.mark.parametrize("length", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 7])
def test_what_was_written_is_read_from_any_position(tmp_path: Path, length: int) -> None:
    plain = os.urandom(length)
    path = sealed(tmp_path / "file", plain)
    assert read(path) == plain
    assert path.stat().st_mode & 0o777 == 0o600
    with open_sealed(path, place=PLACE) as file:
        for start in (length - 1, PIECE - 1, PIECE, 0):
            if 0 <= start <= length:
                file.seek(start)
                assert file.read(10) == plain[start : start + 10]
        assert file.seek(0, os.SEEK_END) == length


def test_no_plain_piece_is_on_the_disk(tmp_path: Path) -> None:
    path = sealed(tmp_path / "file", b"a made-up name " * 20_000)
    assert b"made-up" not in path.read_bytes()


HARM = {
    "the last piece cut off": lambda whole: whole[: 2 * STORED],
    "cut in a piece": lambda whole: whole[: STORED + 100],
    "two pieces exchanged": lambda whole: (
        whole[STORED : 2 * STORED] + whole[:STORED] + whole[2 * STORED :]
    ),
    "a piece left out": lambda whole: whole[STORED:],
    "a piece more": lambda whole: whole + whole[:STORED],
    "one bit": lambda whole: whole[:50] + bytes([whole[50] ^ 1]) + whole[51:],
    "nothing left": lambda _: b"",
}


@pytest.mark.parametrize("harm", HARM)
def test_what_was_changed_is_not_read(tmp_path: Path, harm: str) -> None:
    path = sealed(tmp_path / "file", os.urandom(2 * PIECE + 500))
    path.write_bytes(HARM[harm](path.read_bytes()))
    with pytest.raises(Unopenable):
        read(path)


def test_a_file_in_the_place_of_another_is_not_read(tmp_path: Path) -> None:
    path = sealed(tmp_path / "file", b"plain")
    with pytest.raises(Unopenable):
        read(path, ("table", "file", "another"))


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("file", "link"):
        (tmp_path / "file").touch()
        with pytest.raises(FileExistsError):
            SealedWriter(tmp_path / name, place=PLACE)
