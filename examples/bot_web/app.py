"""A booking bot behind HTTP, its conversations in a database.

    SLOTKIT_MODEL=slotkit-model BOT_DATABASE=sqlite:///bot.db uvicorn --factory app:make

``POST /talk`` takes ``{"user": "ann", "text": "to Rome"}`` and answers ``{"say": ..., "frame": ...,
"missing": ..., "done": ...}``; ``DELETE /talk/ann`` forgets what ann has said. The database is an
URL of SQLAlchemy, as ``postgresql+psycopg://bot@db/bot``: tried with SQLite and PostgreSQL.

A turn is a function of the state and the text, so two requests of one user need no lock: who has
read a state that is no longer the newest takes the turn again.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sql
from sqlalchemy.exc import IntegrityError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

import slotkit
from slotkit.frames import Dialogue, Turn, read_frames

_TABLES = sql.MetaData()
CONVERSATIONS = sql.Table(
    "conversations",
    _TABLES,
    sql.Column("user", sql.String(200), primary_key=True),
    sql.Column("turns", sql.Integer, nullable=False),
    sql.Column("state", sql.JSON, nullable=False),
)
_ROW = sql.select(CONVERSATIONS.c.turns, CONVERSATIONS.c.state)


def make() -> Starlette:
    """Make the application that the environment asks for."""
    dialogue = Dialogue(slotkit.load(os.environ["SLOTKIT_MODEL"]), read_frames())
    return make_app(dialogue, os.environ["BOT_DATABASE"])


def make_app(dialogue: Dialogue, url: str) -> Starlette:
    """Make the application of a bot and a database."""
    engine = sql.create_engine(url)
    _TABLES.create_all(engine)

    @asynccontextmanager
    async def close(app: Starlette) -> AsyncIterator[None]:
        yield
        engine.dispose()

    async def talk(request: Request) -> Response:
        try:
            asked = await request.json()
        except ValueError:
            asked = None
        if not _is_asked(asked):
            error = 'expected {"user": "...", "text": "..."}'
            return JSONResponse({"error": error}, status_code=400)
        turn = await run_in_threadpool(answer, engine, dialogue, asked["user"], asked["text"])
        return JSONResponse(
            {"say": turn.say, "frame": turn.frame, "missing": turn.missing, "done": turn.done}
        )

    async def forget(request: Request) -> Response:
        await run_in_threadpool(forget_user, engine, request.path_params["user"])
        return Response(status_code=204)

    routes = [
        Route("/talk", talk, methods=["POST"]),
        Route("/talk/{user}", forget, methods=["DELETE"]),
    ]
    return Starlette(routes=routes, lifespan=close)


def answer(engine: sql.Engine, dialogue: Dialogue, user: str, text: str) -> Turn:
    """Take a turn from the newest state of a user, and keep what comes of it."""
    while True:
        with engine.connect() as connection:
            row = connection.execute(_ROW.where(CONVERSATIONS.c.user == user)).first()
        turns, state = (0, None) if row is None else row
        now = datetime.now()
        try:
            turn = dialogue.turn(state, text, now=now)
        except ValueError:  # a state of another version, or of frames that have changed
            turn = dialogue.turn(None, text, now=now)
        if keep(engine, user, turns, turn.state):
            return turn


def keep(engine: sql.Engine, user: str, turns: int, state: Mapping[str, Any]) -> bool:
    """Keep the state after so many turns; return whether nobody was faster."""
    new = {"turns": turns + 1, "state": state}
    with engine.begin() as connection:
        if turns:
            mine = (CONVERSATIONS.c.user == user) & (CONVERSATIONS.c.turns == turns)
            return connection.execute(CONVERSATIONS.update().where(mine).values(new)).rowcount == 1
        try:
            connection.execute(CONVERSATIONS.insert().values(new | {"user": user}))
        except IntegrityError:
            connection.rollback()
            return False
    return True


def forget_user(engine: sql.Engine, user: str) -> None:
    """Delete what a user has said."""
    with engine.begin() as connection:
        connection.execute(CONVERSATIONS.delete().where(CONVERSATIONS.c.user == user))


def _is_asked(found: object) -> bool:
    """Tell whether a request is a user and a text."""
    return isinstance(found, dict) and all(
        isinstance(found.get(key), str) and found[key] for key in ("user", "text")
    )
