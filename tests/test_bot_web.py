"""The example of a bot behind HTTP: its answers, and what it keeps in a database."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from postgres import find_programs, running
from scripted import Scripted
from slotkit.frames import Dialogue, read_frames

sqlalchemy = pytest.importorskip("sqlalchemy")
testclient = pytest.importorskip("starlette.testclient")

FILE = Path(__file__).parent.parent / "examples" / "bot_web" / "app.py"
NAMES = [f"N{number}" for number in range(12)]
SCRIPT = {
    "to Rome": "!book destination=Rome",
    "from Milan": "departure=Milan",
    **{f"for {name}": f"passenger={name}" for name in NAMES},
}


@pytest.fixture(scope="module")
def app() -> Any:
    """Return the module of the example."""
    spec = importlib.util.spec_from_file_location("bot_web", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Give the URL of a PostgreSQL: one that the environment names, else one of its own."""
    pytest.importorskip("psycopg")
    named, programs = os.environ.get("SLOTKIT_POSTGRESQL"), find_programs()
    if named:
        yield named
    elif programs is None:
        pytest.skip("no PostgreSQL is installed, and SLOTKIT_POSTGRESQL names none")
    else:
        with running(programs) as url:
            yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the URL of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'bot.db'}"
        return
    named = request.getfixturevalue("server")
    yield named
    engine = sqlalchemy.create_engine(named)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("drop table if exists conversations"))
    engine.dispose()


@contextmanager
def client(app: Any, url: str) -> Iterator[Any]:
    """Give a client of a bot that has just been started."""
    made = app.make_app(Dialogue(Scripted(SCRIPT), read_frames()), url)
    with testclient.TestClient(made) as web:
        yield web


@pytest.fixture
def web(app: Any, url: str) -> Iterator[Any]:
    """Return a client."""
    with client(app, url) as one:
        yield one


def say(web: Any, text: str, user: str = "ann") -> dict[str, Any]:
    """Say something, and return the answer."""
    response = web.post("/talk", json={"user": user, "text": text})
    assert response.status_code == 200
    answer: dict[str, Any] = response.json()
    return answer


def test_a_conversation_outlives_the_process(app: Any, url: str) -> None:
    with client(app, url) as first:
        say(first, "to Rome")
    with client(app, url) as second:
        answer = say(second, "from Milan")

    assert answer["frame"] == {"destination": "Rome", "departure": "Milan"}
    assert answer["missing"] == ["departure_date", "tickets"]
    assert answer["say"] == "On which day?"
    assert not answer["done"]


def test_users_are_apart_and_forgotten(web: Any) -> None:
    say(web, "to Rome")
    other = say(web, "from Milan", user="bob")
    assert web.delete("/talk/ann").status_code == 204

    assert other["frame"] == {"departure": "Milan"}
    assert say(web, "from Milan")["frame"] == {"departure": "Milan"}


def test_requests_at_once_lose_nothing(web: Any) -> None:
    """Each of them adds a passenger to the state that another has just replaced."""
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda name: say(web, f"for {name}"), NAMES))

    assert sorted(say(web, "to Rome")["frame"]["passenger"]) == sorted(NAMES)


def test_a_state_of_another_version_begins_anew(app: Any, url: str, web: Any) -> None:
    say(web, "to Rome")
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        connection.execute(app.CONVERSATIONS.update().values(state={"version": 0}))
    engine.dispose()

    assert say(web, "from Milan")["frame"] == {"departure": "Milan"}


@pytest.mark.parametrize("body", ["", "[]", '{"user": "ann"}', '{"user": "", "text": "x"}', "\xff"])
def test_what_is_no_request_is_refused(app: Any, tmp_path: Path, body: str) -> None:
    with client(app, f"sqlite:///{tmp_path / 'bot.db'}") as web:
        response = web.post("/talk", content=body.encode("latin-1"))

    assert response.status_code == 400
    assert response.json() == {"error": 'expected {"user": "...", "text": "..."}'}
