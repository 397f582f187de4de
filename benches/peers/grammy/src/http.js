// grammY's HTTP over undici's dispatcher: without the layers of the fetch standard, which a bot has no use for.
import { Pool } from "undici";

/** A `fetch` for grammY's `client.fetch`, and what closes it. */
export function undiciFetch(origin, connections) {
    // One request on a connection at a time: a POST is not repeated, so it should not wait behind another.
    const pool = new Pool(origin, { connections, pipelining: 1 });
    async function fetch(url, { method, headers, body, signal }) {
        const path = url.slice(origin.length);
        const answer = await pool.request({ path, method, headers, body, signal });
        return { status: answer.statusCode, json: () => answer.body.json() };
    }
    return { fetch, close: () => pool.close() };
}
