"""A findings pack is believed only when every entry of it is proved: mutated packs of every kind are refused."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sealing import merkle, packed, verify_pack
from sealing.merkle import Frontier, leaf_hash
from sealing.verify_pack import NotProved, Unreadable
from tests.exported_logs import LOG_KEY, ORIGIN, entry, note

ROOT = Path(__file__).parents[3]


def made(size: int = 13, chosen: tuple[int, ...] = (0, 5, 12)) -> dict[str, str]:
    """Return the files of a pack over a log of made-up entries."""
    entries = [entry(number) for number in range(size)]
    leaves = [leaf_hash(one.body()) for one in entries]
    tree = Frontier()
    nodes = {(0, index): leaf for index, leaf in enumerate(leaves)}
    for leaf in leaves:
        nodes |= {(level, index): hash for level, index, hash in tree.append(leaf)}
    lines = [
        {
            "index": index,
            "entry": str(entries[index].id),
            "leaf_hash": leaves[index].hex(),
            "proof": [
                step.hex()
                for step in merkle.proof(merkle.inclusion_ranges(index, size), nodes.__getitem__)
            ],
            "verdict": "",
            "cause": "",
        }
        for index in chosen
    ]
    manifest = {
        "format": 1,
        "origin": ORIGIN,
        "size": size,
        "root": tree.root().hex(),
        "entries": len(lines),
        "waiting": [],
    }
    return {
        packed.README: packed.HOW,
        packed.MANIFEST: json.dumps(manifest),
        packed.ENTRIES: "".join(json.dumps(line) + "\n" for line in lines),
        packed.CHECKPOINT: note(size, tree.root()),
        packed.KEYS: f"{LOG_KEY}\n",
    }


def zipped(files: dict[str, str]) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out


def verified(files: dict[str, str]) -> int:
    return verify_pack.verify(verify_pack.read(zipped(files)), [LOG_KEY]).size


def with_line(files: dict[str, str], number: int, **changed: object) -> dict[str, str]:
    lines = [json.loads(line) for line in files[packed.ENTRIES].splitlines()]
    lines[number] |= changed
    return files | {packed.ENTRIES: "".join(json.dumps(line) + "\n" for line in lines)}


def test_a_true_pack_is_proved() -> None:
    for size in range(1, 34):
        assert verified(made(size, tuple(range(size)))) == size


@pytest.mark.parametrize(
    "changed",
    [
        {"leaf_hash": "00" * 32},
        {"leaf_hash": "zz"},
        {"leaf_hash": None},
        {"index": 6},
        {"index": -1},
        {"index": 13},
        {"index": True},
        {"index": "5"},
        {"proof": []},
        {"proof": ["00" * 32] * 4},
        {"proof": "nonsense"},
    ],
)
def test_a_changed_line_is_named(changed: dict[str, object]) -> None:
    with pytest.raises(NotProved, match="Line 2 of the entries"):
        verified(with_line(made(), 1, **changed))


def test_every_flipped_bit_of_a_proof_is_refused() -> None:
    proof = json.loads(made()[packed.ENTRIES].splitlines()[1])["proof"]
    for place, step in enumerate(proof):
        for bit in range(0, 256, 7):
            wrong = (int(step, 16) ^ 1 << bit).to_bytes(32, "big").hex()
            with pytest.raises(NotProved):
                verified(with_line(made(), 1, proof=[*proof[:place], wrong, *proof[place + 1 :]]))


def test_a_line_left_out_or_doubled_is_refused() -> None:
    files = made()
    lines = files[packed.ENTRIES].splitlines(keepends=True)
    for text in ("".join(lines[1:]), "".join([*lines, lines[0]])):
        with pytest.raises(NotProved, match="manifest"):
            verified(files | {packed.ENTRIES: text})


def test_another_log_another_key_or_another_size_is_refused() -> None:
    files = made()
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    root = bytes.fromhex(json.loads(files[packed.MANIFEST])["root"])
    with pytest.raises(NotProved, match="checkpoint"):
        verified(files | {packed.CHECKPOINT: note(13, root, other)})
    with pytest.raises(NotProved, match="manifest"):
        verified(files | {packed.CHECKPOINT: note(14, root)})
    with pytest.raises(NotProved):
        verified(made(14) | {packed.ENTRIES: files[packed.ENTRIES]})


@pytest.mark.parametrize("missing", list(packed.NAMES))
def test_what_is_no_pack_is_unreadable(missing: str) -> None:
    files = made()
    del files[missing]
    with pytest.raises(Unreadable):
        verify_pack.read(zipped(files))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"nonsense" * 99])
def test_bytes_that_are_no_archive_are_unreadable(content: bytes) -> None:
    with pytest.raises(Unreadable):
        verify_pack.read(io.BytesIO(content))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (packed.MANIFEST, "[]"),
        (packed.MANIFEST, "{"),
        (packed.MANIFEST, '{"format": 2}'),
        (packed.ENTRIES, "nonsense\n"),
        (packed.CHECKPOINT, "nonsense"),
        (packed.KEYS, "nonsense\n"),
    ],
)
def test_files_of_another_form_are_unreadable(name: str, text: str) -> None:
    with pytest.raises(Unreadable):
        verify_pack.read(zipped(made() | {name: text}))


def test_a_line_that_is_no_object_is_refused() -> None:
    files = made()
    with pytest.raises(NotProved, match="Line 1"):
        verified(files | {packed.ENTRIES: "7\n8\n9\n"})


def test_no_more_is_unpacked_than_a_pack_may_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "LARGEST", 10_000)
    with pytest.raises(Unreadable):
        verify_pack.read(zipped(made() | {packed.ENTRIES: " " * 10_001}))


def test_it_runs_alone_with_the_files_that_the_pack_names(tmp_path: Path) -> None:
    """Copied to another machine with those modules only: no Django, no database, nothing else of the registry."""
    named = packed.HOW.split("sealing/{")[1].split("}")[0].split(",")
    (tmp_path / "sealing").mkdir()
    for name in named:
        text = (ROOT / "sealing" / f"{name}.py").read_text()
        (tmp_path / "sealing" / f"{name}.py").write_text(text)
    (tmp_path / "pack.zip").write_bytes(zipped(made()).getvalue())
    ran = [sys.executable, "-m", "sealing.verify_pack", "pack.zip"]
    done = subprocess.run(ran, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 entries are under 13" in done.stdout
    wrong = with_line(made(), 0, leaf_hash="00" * 32)
    (tmp_path / "pack.zip").write_bytes(zipped(wrong).getvalue())
    done = subprocess.run(ran, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Line 1 of the entries is not proved" in done.stdout
