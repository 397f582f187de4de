// What the bot is told by its environment.
import { readFileSync } from "node:fs";

/** Schema in PostgreSQL, prefix in Redis. */
export const NAME = "peer_grammy";
export const PREFIX = `${NAME}:`;

/** A file that all peers share: schema, script, texts. */
export const common = (name) => readFileSync(new URL(`../../common/${name}`, import.meta.url), "utf8");

export function settings() {
    const names = ["BOT_TOKEN", "TELEGRAM_API_URL", "DATABASE_URL", "REDIS_URL"];
    const missing = names.filter((name) => !process.env[name]);
    if (missing.length > 0) {
        console.error(`not set: ${missing.join(", ")}`);
        process.exit(2);
    }
    const [token, telegramUrl, databaseUrl, redisUrl] = names.map((name) => process.env[name]);
    return { token, telegramUrl: telegramUrl.replace(/\/+$/, ""), databaseUrl, redisUrl };
}
