"""An exported log is verified alone: what is sound passes, and whatever was done to it is found at the right entry."""

import base64
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sealing import notes, verify
from sealing.audit_log import Entry
from sealing.exported import Exported
from sealing.findings import Wrong
from sealing.merkle import Frontier, leaf_hash
from sealing.notes import COSIGNATURE, Note
from sealing.verify import Report
from tests.exported_logs import LOG_KEY, entry, line, note, write

ENTRIES, EVERY = 60, 16
MUTATIONS = 1_000
SOUND_LOGS = 100
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
ALONE = ("__init__", "verify", "merkle", "notes", "checkpoints", "orders", "findings", "exported")


@pytest.fixture(scope="module")
def made() -> list[Entry]:
    return [entry(number) for number in range(ENTRIES)]


@pytest.fixture
def folder(tmp_path: Path, made: list[Entry]) -> Path:
    write(tmp_path / "log", made, every=EVERY)
    return tmp_path / "log"


def report(folder: Path, **options: Note | notes.VerifierKey) -> Report:
    return verify.verify(Exported.open(folder), keys=[LOG_KEY], **options)


def first(folder: Path, **options: Note | notes.VerifierKey) -> tuple[int, Wrong]:
    found = report(folder, **options).findings
    return (found[0].index, found[0].wrong)


def test_a_sound_log_has_no_findings(folder: Path) -> None:
    found = report(folder)
    assert (found.findings, found.size, found.trusted) == ([], ENTRIES, ENTRIES)


@pytest.mark.parametrize("size", [1, 2, 3, 15, 16, 17, 33])
@pytest.mark.parametrize("since", [0, 1, 7])
def test_no_false_alarm_on_any_size_or_beginning(
    tmp_path: Path, made: list[Entry], size: int, since: int
) -> None:
    write(tmp_path, made[:size], every=4, first=min(since, size))
    assert report(tmp_path).findings == []


def test_no_false_alarm_on_a_hundred_sound_logs(tmp_path: Path, made: list[Entry]) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    for number in range(SOUND_LOGS):
        size, every = chance.randint(1, ENTRIES), chance.randint(1, ENTRIES)
        write(tmp_path, made[:size], every=every, first=chance.randint(0, size))
        assert report(tmp_path).findings == [], (seed, number)


Mutation = Callable[[random.Random, Path, list[Entry]], int]


def lines_of(folder: Path) -> list[str]:
    return (folder / "entries.jsonl").read_text().splitlines(keepends=True)


def put(folder: Path, lines: list[str]) -> None:
    (folder / "entries.jsonl").write_text("".join(lines))


def numbered(lines: list[str]) -> list[str]:
    """Number lines anew, as a careful forger would."""
    said = [json.loads(one) for one in lines]
    return [json.dumps({**one, "index": at}) + "\n" for at, one in enumerate(said)]


def flip_a_bit_of_a_body(chance: random.Random, folder: Path, made: list[Entry]) -> int:
    lines, at = lines_of(folder), chance.randrange(ENTRIES)
    said = json.loads(lines[at])
    body = bytearray(base64.b64decode(said["body"]))
    body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    lines[at] = json.dumps({**said, "body": base64.b64encode(body).decode()}) + "\n"
    put(folder, lines)
    return at


def spoil_a_letter(chance: random.Random, folder: Path, made: list[Entry]) -> int:
    lines, at = lines_of(folder), chance.randrange(ENTRIES)
    letters = list(lines[at])
    position = chance.randrange(len(letters) - 1)
    letters[position] = chr(ord(letters[position]) ^ 1)
    lines[at] = "".join(letters)
    put(folder, lines)
    return at


def rewrite_with_its_hash(chance: random.Random, folder: Path, made: list[Entry]) -> int:
    lines, at = lines_of(folder), chance.randrange(ENTRIES)
    lines[at] = line(at, entry(1_000 + at))
    put(folder, lines)
    return at


def change_its_time(chance: random.Random, folder: Path, made: list[Entry]) -> int:
    lines, at = lines_of(folder), chance.randrange(ENTRIES)
    said = json.loads(lines[at])
    body = base64.b64decode(said["body"]).replace(b'"stated_at":"2', b'"stated_at":"1')
    said |= {"body": base64.b64encode(body).decode(), "leaf_hash": leaf_hash(body).hex()}
    lines[at] = json.dumps(said) + "\n"
    put(folder, lines)
    return at


def delete(chance: random.Random, folder: Path, made: list[Entry]) -> int:
    lines, at = lines_of(folder), chance.randrange(ENTRIES)
    del lines[at]
    put(folder, numbered(lines) if chance.random() < 0.5 else lines)
    return at


def insert(chance: random.Random, folder: Path, made: list[Entry]) -> int:
    lines, at = lines_of(folder), chance.randrange(ENTRIES + 1)
    lines.insert(at, line(at, entry(2_000 + at)))
    put(folder, numbered(lines) if chance.random() < 0.5 else lines)
    return at


def double(chance: random.Random, folder: Path, made: list[Entry]) -> int:
    lines, at = lines_of(folder), chance.randrange(ENTRIES)
    lines.insert(at, lines[at])
    put(folder, numbered(lines) if chance.random() < 0.5 else lines)
    return at + 1


def exchange(chance: random.Random, folder: Path, made: list[Entry]) -> int:
    lines = lines_of(folder)
    at, other = sorted(chance.sample(range(ENTRIES), 2))
    lines[at], lines[other] = lines[other], lines[at]
    put(folder, numbered(lines) if chance.random() < 0.5 else lines)
    return at


def cut(chance: random.Random, folder: Path, made: list[Entry]) -> int:
    at = chance.randrange(ENTRIES)
    put(folder, lines_of(folder)[:at])
    return at


def cut_leaves_too(chance: random.Random, folder: Path, made: list[Entry]) -> int:
    at = cut(chance, folder, made)
    leaves = (folder / "leaves.bin").read_bytes()
    (folder / "leaves.bin").write_bytes(leaves[: 32 * at + chance.randrange(32)])
    return at


def spoil_a_leaf(chance: random.Random, folder: Path, made: list[Entry]) -> int:
    at, leaves = chance.randrange(ENTRIES), bytearray((folder / "leaves.bin").read_bytes())
    leaves[32 * at + chance.randrange(32)] ^= 1
    (folder / "leaves.bin").write_bytes(leaves)
    return at


def splice_an_older_end(chance: random.Random, folder: Path, made: list[Entry]) -> int:
    lines, at = lines_of(folder), chance.randrange(1, ENTRIES)
    begin = chance.randrange(at)
    put(folder, numbered(lines[:at] + lines[begin:]))
    return at


def sign_with_another_key(chance: random.Random, folder: Path, made: list[Entry]) -> int:
    lines = (folder / "checkpoints.jsonl").read_text().splitlines()
    at = chance.randrange(len(lines))
    size = min((at + 1) * EVERY, ENTRIES)
    lines[at] = json.dumps({"note": note(size, bytes(32), OTHER)})
    (folder / "checkpoints.jsonl").write_text("\n".join(lines) + "\n")
    return at * EVERY


MUTATE: list[Mutation] = [
    flip_a_bit_of_a_body,
    spoil_a_letter,
    rewrite_with_its_hash,
    change_its_time,
    delete,
    insert,
    double,
    exchange,
    cut,
    cut_leaves_too,
    spoil_a_leaf,
    splice_an_older_end,
    sign_with_another_key,
]


def test_a_thousand_mutations_are_all_found_at_the_first_bad_entry(
    folder: Path, made: list[Entry]
) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    sound = {path: path.read_bytes() for path in folder.iterdir()}
    for number in range(MUTATIONS):
        for path, content in sound.items():
            path.write_bytes(content)
        mutate = MUTATE[number % len(MUTATE)]
        wanted = mutate(chance, folder, made)
        found = report(folder).findings
        told = f"seed {seed}, {mutate.__name__}, {number}: {list(map(str, found))}"
        assert found, told
        assert found[0].index == wanted, told


def test_each_kind_is_called_by_its_name(folder: Path, made: list[Entry]) -> None:
    lines = lines_of(folder)
    for wanted, changed in {
        Wrong.CHANGED: [*lines[:20], line(20, entry(0)), *lines[21:]],
        Wrong.REMOVED: [*lines[:20], *lines[22:]],
        Wrong.INSERTED: [*lines[:20], line(20, entry(0)), *lines[20:]],
        Wrong.REORDERED: [*lines[:20], lines[30], *lines[21:30], lines[20], *lines[31:]],
        Wrong.MISSING_TAIL: lines[:20],
    }.items():
        put(folder, changed)
        assert first(folder) == (20, wanted)


def test_a_letter_whose_bits_count_for_nothing_is_a_change_all_the_same(folder: Path) -> None:
    lines = lines_of(folder)
    at = next(index for index, line in enumerate(lines) if line.endswith('="}\n'))
    last = lines[at].index("=") - 1
    other = chr(ord(lines[at][last]) + 1)
    lines[at] = lines[at][:last] + other + lines[at][last + 1 :]
    put(folder, lines)
    assert first(folder) == (at, Wrong.CHANGED)


def test_an_entry_that_is_gone_is_not_called_by_the_key_of_the_next(folder: Path) -> None:
    lines = lines_of(folder)
    put(folder, [*lines[:20], *lines[21:]])
    assert report(folder).findings[0].entry == ""
    said = json.loads(lines[20])
    gone = {name: said[name] for name in ("index", "entry", "leaf_hash")} | {"dropped": True}
    put(folder, [*lines[:20], json.dumps(gone) + "\n", *lines[21:]])
    found = report(folder).findings[0]
    assert (found.index, found.wrong, found.entry) == (20, Wrong.REMOVED, said["entry"])


def test_what_is_found_is_told_in_chinese_too(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify.main([str(folder)]) == verify.SOUND
    assert "未发现问题" in capsys.readouterr().out
    put(folder, lines_of(folder)[:20])
    assert verify.main([str(folder)]) == verify.WRONG
    assert "有误。第一处：第 20 条：末尾缺失" in capsys.readouterr().out


def rebuilt(folder: Path, made: list[Entry], at: int) -> list[str]:
    """Change one entry and rebuild everything over it with a key of one's own."""
    return write(folder, [*made[:at], entry(3_000), *made[at + 1 :]], every=EVERY)


def test_a_log_that_was_rebuilt_is_found_without_the_key_and_with_a_checkpoint(
    folder: Path, made: list[Entry]
) -> None:
    kept = {name: (folder / name).read_bytes() for name in ("checkpoints.jsonl", "checkpoint")}
    newest = Note.parse((folder / "checkpoint").read_text())
    rebuilt(folder, made, 20)
    assert report(folder).findings == [], "with the log's own key nothing inside contradicts it"
    (found, *_others) = report(folder, other=newest).findings
    assert (found.index, found.wrong) == (0, Wrong.FORKED), (
        "no other checkpoint here is to be relied on"
    )
    assert f"two histories of {len(made)} entries are signed" in found.words
    for name, content in kept.items():
        (folder / name).write_bytes(content)
    found = report(folder).findings[0]
    assert (found.index, found.wrong) == (16, Wrong.FORKED), "between the checkpoints 16 and 32"


def test_a_shortened_log_is_found_with_a_checkpoint_kept_elsewhere(
    folder: Path, made: list[Entry]
) -> None:
    newest = Note.parse((folder / "checkpoint").read_text())
    write(folder, made[:48], every=EVERY)
    assert report(folder).findings == []
    assert first(folder, other=newest) == (48, Wrong.MISSING_TAIL)


def test_the_witness_is_asked_for(folder: Path) -> None:
    witness = notes.verifier_key(OTHER, name="witness.example", type=COSIGNATURE)
    assert first(folder, witness=witness)[1] == Wrong.SIGNATURE
    newest = Note.parse((folder / "checkpoint").read_text())
    cosigned = notes.cosignature(
        newest.text, name="witness.example", private=OTHER, at=1_790_000_000
    )
    both = Note(newest.text, (*newest.signatures, cosigned))
    assert report(folder, other=both, witness=witness).cosigned_at == 1_790_000_000
    assert report(folder, other=both, witness=witness).findings == []
    stranger = notes.verifier_key(OTHER, name="stranger.example", type=COSIGNATURE)
    assert first(folder, other=both, witness=stranger)[1] == Wrong.SIGNATURE


@pytest.fixture
def alone(tmp_path: Path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Run the verifier from a folder that holds its six modules and nothing else of the registry."""
    package = tmp_path / "elsewhere" / "sealing"
    package.mkdir(parents=True)
    for name in ALONE:
        shutil.copy(Path(verify.__file__).with_name(f"{name}.py"), package)
    seen = "import runpy, sys; sys.argv[0] = 'verify'; sys.modules['django'] = None; runpy.run_module('sealing.verify', run_name='__main__')"

    def run(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-c", seen, *map(str, arguments)],
            cwd=package.parent,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_it_runs_where_nothing_else_is(
    folder: Path, tmp_path: Path, alone: Callable[..., "subprocess.CompletedProcess[str]"]
) -> None:
    done = alone(folder, "--key", LOG_KEY)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Nothing is wrong" in done.stdout
    (tmp_path / "kept").write_text((folder / "checkpoint").read_text())
    put(folder, lines_of(folder)[:-1])
    done = alone(folder, "--checkpoint", tmp_path / "kept")
    assert done.returncode == 1
    assert f"entry {ENTRIES - 1}: missing tail" in done.stdout
    assert "compare them with keys from a place you trust" in done.stdout


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("manifest.json", "{}"),
        ("manifest.json", None),
        ("keys.txt", "no key"),
        ("entries.jsonl", None),
        ("leaves.bin", None),
        ("checkpoint", None),
    ],
)
def test_what_cannot_be_read_is_no_verdict(
    folder: Path, name: str, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_text(content)
    assert verify.main([str(folder)]) == 2
    assert name in capsys.readouterr().err


def test_a_checkpoint_of_another_log_is_no_verdict(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other").write_text(note(3, Frontier().root(), OTHER))
    assert verify.main([str(folder), "--checkpoint", str(tmp_path / "other")]) == 2
    assert verify.main([str(folder), "--witness-key", str(LOG_KEY)]) == 2
    assert verify.main([str(folder), "--key", "nonsense"]) == 2
