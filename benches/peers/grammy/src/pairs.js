// Who talks with whom: PostgreSQL decides, and something quicker is asked for every message.
import { PREFIX } from "./settings.js";

/** How long Redis keeps a pair without being asked; PostgreSQL keeps it for good. */
const SECONDS = 24 * 3600;

class Pairs {
    constructor(users) {
        this.users = users;
    }

    async open(first, second) {
        const pairId = await this.users.openPair(first, second);
        if (pairId === undefined) return false;
        await this.remember(first, second, pairId);
        return true;
    }

    async end(userId) {
        const ended = await this.users.endPair(userId);
        if (ended) await this.forget(userId, ended.partner);
        return ended;
    }
}

/** For a bot that may run in several copies. */
export class RedisPairs extends Pairs {
    constructor(users, redis) {
        super(users);
        this.redis = redis;
    }

    async of(userId) {
        const known = await this.redis.get(`${PREFIX}pair:${userId}`);
        if (known !== null) {
            const [id, partner] = known.split(":").map(Number);
            return { id, partner };
        }
        const pair = await this.users.pairOf(userId);
        if (pair) await this.remember(userId, pair.partner, pair.id);
        return pair;
    }

    async remember(first, second, pairId) {
        await this.redis
            .pipeline()
            .set(`${PREFIX}pair:${first}`, `${pairId}:${second}`, "EX", SECONDS)
            .set(`${PREFIX}pair:${second}`, `${pairId}:${first}`, "EX", SECONDS)
            .exec();
    }

    async forget(first, second) {
        await this.redis.del(`${PREFIX}pair:${first}`, `${PREFIX}pair:${second}`);
    }
}

/** For a bot that is one process: no question leaves it. */
export class MemoryPairs extends Pairs {
    static async load(users) {
        const pairs = new MemoryPairs(users);
        pairs.live = await users.livePairs();
        return pairs;
    }

    of(userId) {
        return this.live.get(userId);
    }

    remember(first, second, id) {
        this.live.set(first, { id, partner: second });
        this.live.set(second, { id, partner: first });
    }

    forget(first, second) {
        this.live.delete(first);
        this.live.delete(second);
    }
}
