// Who searches: sorted sets in Redis, one script that finds a partner or lets the seeker wait.
import { common, PREFIX } from "./settings.js";

export class SearchQueue {
    constructor(redis) {
        this.redis = redis;
        redis.defineCommand("match", { numberOfKeys: 0, lua: common("match.lua") });
    }

    /** The partner; nothing: the user waits now. */
    async find(user) {
        const found = await this.redis.match(PREFIX, user.id, user.gender, user.wish);
        return found === null ? undefined : Number(found);
    }

    /** Whether the user was waiting. */
    async leave(user) {
        return (await this.redis.zrem(`${PREFIX}queue:${user.gender}:${user.wish}`, user.id)) > 0;
    }
}
