"""Which files make up the project, for tests of the code about itself."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("config", "access", "registry", "sealing")
LEFT_OUT = {"__pycache__", "node_modules", "var", "results", "built"}
TEXT = {
    ".py",
    ".sql",
    ".html",
    ".txt",
    ".css",
    ".js",
    ".md",
    ".toml",
    ".json",
    ".po",
    ".svg",
    ".lock",
    "",
}


def product_modules() -> Iterator[Path]:
    """Yield the Python modules of the product: the four apps and the command line."""
    for app in APPS:
        yield from (path for path in sorted((ROOT / app).rglob("*.py")) if path.stat().st_size)
    yield ROOT / "manage.py"


def product_sources() -> Iterator[Path]:
    """Yield everything the product runs: modules, SQL, templates, scripts and styles."""
    yield from product_modules()
    yield from sorted((ROOT / "config").rglob("*.sql"))
    for folder in ("templates", "static"):
        yield from (path for path in _within(ROOT / folder) if path.suffix in TEXT)


def project_texts() -> Iterator[Path]:
    """Yield every text file of the project, documents and tests included; nothing that is made by running it."""
    for path in sorted(ROOT.iterdir()):
        if path.name == ".git":  # a file, where the checkout is a second one
            continue
        if path.is_file():
            yield path
        elif path.name == ".ci" or not path.name.startswith("."):
            yield from (found for found in _within(path) if found.suffix in TEXT)


def name_of(path: Path) -> str:
    """Return a file's path from the project's root."""
    return str(path.relative_to(ROOT))


def _within(folder: Path) -> Iterator[Path]:
    if folder.name in LEFT_OUT:
        return
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not LEFT_OUT & set(path.relative_to(ROOT).parts):
            yield path
