"""The findings pack: what the ZIP that `sealing.findings_pack` makes and `sealing.verify_pack` reads is made of.

    manifest.json   format, origin, size and root of the checkpoint, number of entries, those that wait for the tree
    entries.jsonl   one entry a line: index, entry (its key), leaf_hash, proof (hashes, nearest first), verdict, cause
    checkpoint      the signed note that every proof leads to
    keys.txt        the log's verifier keys, one a line
    README.txt      how to verify it

No body, no person, no unit: a leaf hash says nothing without the entry, whose body holds a keyed hash. Standard library only.
"""

FORMAT = 1
MANIFEST, ENTRIES, CHECKPOINT, KEYS, README = (
    "manifest.json",
    "entries.jsonl",
    "checkpoint",
    "keys.txt",
    "README.txt",
)
NAMES = (README, MANIFEST, ENTRIES, CHECKPOINT, KEYS)
#: What no file of a pack is larger than, in bytes: a pack is small, and a reader must not be filled up by one.
LARGEST = 32 * 1024 * 1024
HOW = """FINDINGS PACK OF AN AUDIT LOG

Each line of entries.jsonl names an entry of the log by its key and leaf hash, with a finding as a code, and holds the
proof that the entry is in the log which the checkpoint signs (RFC 9162). No content of an entry is in here.

To verify, without a network and without the registry:

  python -m sealing.verify_pack FILE [--key KEY]

It needs Python, the package cryptography, and of the registry's source only the files
sealing/{__init__,verify_pack,packed,merkle,notes,checkpoints}.py

Take KEY from a place that you trust and not from keys.txt in here. Who holds the log shows an entry's content to
whoever may see it: its bytes b prove themselves, as SHA-256(0x00 || b) is the leaf hash.
"""
