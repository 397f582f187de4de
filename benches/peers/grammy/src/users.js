// Users and pairs in PostgreSQL.
import pg from "pg";
import { common, NAME } from "./settings.js";
import { QUESTIONS } from "./texts.js";

// Ids of Telegram fit a double (at most 52 bits).
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

const UNIQUE_VIOLATION = "23505";
const COLUMNS = "id, adult, language, gender, age, wish";

/** A pool whose connections see the bot's own schema, with its tables in it. */
export async function connect(url, options = {}) {
    const pool = new pg.Pool({
        connectionString: url,
        options: `-c search_path=${NAME}`,
        query_timeout: 10_000,
        ...options,
    });
    // A connection that breaks while idle is replaced.
    pool.on("error", (error) => console.error("PostgreSQL:", error.message));
    await pool.query(`CREATE SCHEMA IF NOT EXISTS ${NAME}`);
    await pool.query(common("schema.sql"));
    return pool;
}

export const nextQuestion = (user) => QUESTIONS.find((name) => user[name] === null);

export class Users {
    constructor(pool) {
        this.pool = pool;
    }

    async #one(sql, ...values) {
        const { rows } = await this.pool.query(sql, values);
        return rows[0];
    }

    async getOrCreate(id) {
        await this.pool.query("INSERT INTO users (id) VALUES ($1) ON CONFLICT DO NOTHING", [id]);
        return await this.#one(`SELECT ${COLUMNS} FROM users WHERE id = $1`, id);
    }

    async language(id) {
        return (await this.#one("SELECT language FROM users WHERE id = $1", id))?.language;
    }

    /** `question` is one of QUESTIONS: the caller has checked it. */
    async answer(id, question, value) {
        return await this.#one(`UPDATE users SET ${question} = $2 WHERE id = $1 RETURNING ${COLUMNS}`, id, value);
    }

    /** The chat that the user is in: `{id, partner}`. */
    async pairOf(id) {
        return await this.#one("SELECT pair_id AS id, partner_id AS partner FROM members WHERE user_id = $1", id);
    }

    async livePairs() {
        const { rows } = await this.pool.query("SELECT user_id, pair_id, partner_id FROM members");
        return new Map(rows.map((row) => [row.user_id, { id: row.pair_id, partner: row.partner_id }]));
    }

    /** The pair's id; nothing if one of them is in a chat already. */
    async openPair(first, second) {
        try {
            const row = await this.#one(
                `WITH pair AS (INSERT INTO pairs (first_id, second_id) VALUES ($1, $2) RETURNING id)
                 INSERT INTO members (user_id, partner_id, pair_id)
                 SELECT $1::bigint, $2::bigint, id FROM pair UNION ALL SELECT $2, $1, id FROM pair
                 RETURNING pair_id`,
                first,
                second,
            );
            return row.pair_id;
        } catch (error) {
            if (error.code === UNIQUE_VIOLATION) return undefined;
            throw error;
        }
    }

    /** The pair that has ended by this; nothing if there was none. */
    async endPair(id) {
        return await this.#one(
            `WITH gone AS (
                 DELETE FROM members WHERE pair_id = (SELECT pair_id FROM members WHERE user_id = $1)
                 RETURNING user_id, partner_id, pair_id),
             ended AS (UPDATE pairs SET ended_at = now() WHERE id IN (SELECT pair_id FROM gone))
             SELECT pair_id AS id, partner_id AS partner FROM gone WHERE user_id = $1`,
            id,
        );
    }
}
