"""Users and pairs in PostgreSQL."""

from dataclasses import dataclass

import asyncpg

from .settings import COMMON, NAME
from .texts import QUESTIONS


@dataclass(frozen=True, slots=True)
class Pair:
    """A live chat from one side."""

    id: int
    partner: int


@dataclass(frozen=True, slots=True)
class User:
    id: int
    adult: str | None
    language: str | None
    gender: str | None
    age: str | None
    wish: str | None

    @property
    def next_question(self) -> str | None:
        return next((name for name in QUESTIONS if getattr(self, name) is None), None)


async def connect(url: str, **options) -> asyncpg.Pool:
    """A pool whose connections see the bot's own schema, with its tables in it."""
    pool = await asyncpg.create_pool(url, server_settings={"search_path": NAME}, command_timeout=10, **options)
    async with pool.acquire() as connection:
        await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {NAME}")
        await connection.execute((COMMON / "schema.sql").read_text(encoding="utf-8"))
    return pool


class Users:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def get_or_create(self, user_id: int) -> User:
        await self.pool.execute("INSERT INTO users (id) VALUES ($1) ON CONFLICT DO NOTHING", user_id)
        return await self.get(user_id)

    async def get(self, user_id: int) -> User | None:
        row = await self.pool.fetchrow(
            "SELECT id, adult, language, gender, age, wish FROM users WHERE id = $1", user_id
        )
        return User(**row) if row else None

    async def language(self, user_id: int) -> str | None:
        return await self.pool.fetchval("SELECT language FROM users WHERE id = $1", user_id)

    async def answer(self, user_id: int, question: str, value: str) -> User | None:
        # The column is one of QUESTIONS: the caller has checked it.
        row = await self.pool.fetchrow(
            f"UPDATE users SET {question} = $2 WHERE id = $1 RETURNING id, adult, language, gender, age, wish",
            user_id,
            value,
        )
        return User(**row) if row else None

    async def pair_of(self, user_id: int) -> Pair | None:
        row = await self.pool.fetchrow("SELECT pair_id, partner_id FROM members WHERE user_id = $1", user_id)
        return Pair(*row) if row else None

    async def live_pairs(self) -> dict[int, Pair]:
        rows = await self.pool.fetch("SELECT user_id, pair_id, partner_id FROM members")
        return {user: Pair(pair, partner) for user, pair, partner in rows}

    async def open_pair(self, first: int, second: int) -> int | None:
        """The pair's id; none if one of them is in a chat already."""
        try:
            return await self.pool.fetchval(
                """WITH pair AS (INSERT INTO pairs (first_id, second_id) VALUES ($1, $2) RETURNING id)
                   INSERT INTO members (user_id, partner_id, pair_id)
                   SELECT $1::bigint, $2::bigint, id FROM pair UNION ALL SELECT $2, $1, id FROM pair
                   RETURNING pair_id""",
                first,
                second,
            )
        except asyncpg.UniqueViolationError:
            return None

    async def end_pair(self, user_id: int) -> Pair | None:
        """The pair that has ended by this; none if there was none."""
        row = await self.pool.fetchrow(
            """WITH gone AS (
                   DELETE FROM members WHERE pair_id = (SELECT pair_id FROM members WHERE user_id = $1)
                   RETURNING user_id, partner_id, pair_id),
               ended AS (UPDATE pairs SET ended_at = now() WHERE id IN (SELECT pair_id FROM gone))
               SELECT pair_id, partner_id FROM gone WHERE user_id = $1""",
            user_id,
        )
        return Pair(*row) if row else None
