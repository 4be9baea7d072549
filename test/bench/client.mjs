// The sides of client.c as a Node.js service has them: node-postgres and node-redis, answers as text. Options and output as
// client.py; the modules pg and redis are looked for in NODE_CLIENTS/node_modules.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const load = createRequire(join(process.env.NODE_CLIENTS ?? '.', 'package.json'));
const pg = load('pg');
const redis = load('redis');

const BLOCK = 25, WARM = 200, MIN_BLOCKS = 3;

// The names of the parameters and the text of a file's first statement.
function statementOf(path) {
    const [first, ...rest] = readFileSync(path, 'utf8').split('\n');
    return { names: first.replace('-- params:', '').split(/\s+/).filter(Boolean), text: rest.join('\n') };
}

const cpuReader = pid => () => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e3;

async function postgres(conninfo, settings, statement) {
    const words = Object.fromEntries(conninfo.split(' ').map(pair => pair.split('=')));
    const asText = { getTypeParser: () => value => value };
    const client = new pg.Client({ host: words.host, port: words.port, user: words.user, database: words.dbname, types: asText });
    await client.connect();
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
    const values = statement.names.map(name => settings[name]);
    return {
        client, cpu: cpuReader(rows[0].pid),
        prepare: user => client.query({ name: 'user', text: "SELECT set_config('roi_ext.user_id', $1, false)", values: [user] }),
        ask: async () => (await client.query({ name: 'ask', text: statement.text, values, rowMode: 'array' })).rows,
    };
}

async function cache(port) {
    const client = redis.createClient({ url: `redis://127.0.0.1:${port}` });
    await client.connect();
    const pid = /process_id:(\d+)/.exec(await client.info('server'))[1];
    return { client, cpu: cpuReader(pid), prepare: () => client.ping(), ask: user => client.get(user) };
}

async function run(side, users, turn, count) {
    const block = { us: [], cpu: [], answer: null };
    for (let number = turn; number < turn + count; ++number) {
        const user = users[number % users.length], before = side.cpu();
        await side.prepare(user);
        const begin = process.hrtime.bigint();
        block.answer = await side.ask(user);
        block.us.push(Number(process.hrtime.bigint() - begin) / 1e3);
        block.cpu.push(side.cpu() - before);
    }
    return block;
}

const quantile = (values, share) => [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1) + 0.5)];
const sizeOf = answer => Buffer.byteLength(typeof answer === 'string' ? answer : answer.flat().join(''));

async function main() {
    const text = { type: 'string' };
    const given = parseArgs({ options: { version: { type: 'boolean' }, pg: text, redis: text, users: text, statement: text, value: text,
        set: { type: 'string', multiple: true, default: [] }, seconds: { type: 'string', default: '5' } } }).values;
    if (given.version) {
        console.log(`Node.js ${process.version}, node-postgres ${load('pg/package.json').version}, node-redis ${load('redis/package.json').version}`);
        return;
    }
    const settings = Object.fromEntries(given.set.map(pair => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
    const users = readFileSync(given.users, 'utf8').split('\n').filter(Boolean);
    const b = await cache(given.redis), filling = await postgres(given.pg, settings, statementOf(given.value));
    for (const user of users) {
        await filling.prepare(user);
        await b.client.set(user, (await filling.ask(user))[0][0]);
    }
    await filling.client.end();
    const a = await postgres(given.pg, settings, statementOf(given.statement));
    const sum = { a: { us: [], cpu: [] }, b: { us: [], cpu: [] } }, ratios = [];
    let sizes, turn = 0;
    await run(a, users, 0, WARM), await run(b, users, 0, WARM);
    const end = performance.now() + 1000 * Number(given.seconds);
    while (ratios.length < MIN_BLOCKS || performance.now() < end) {
        const blocks = { a: await run(a, users, turn, BLOCK), b: await run(b, users, turn, BLOCK) };
        turn += BLOCK;
        ratios.push(quantile(blocks.a.us, 0.5) / quantile(blocks.b.us, 0.5));
        for (const side of ['a', 'b']) for (const kind of ['us', 'cpu']) sum[side][kind].push(...blocks[side][kind]);
        sizes = [sizeOf(blocks.a.answer), sizeOf(blocks.b.answer)];
    }
    const times = [quantile(sum.a.us, 0.5), quantile(sum.a.us, 0.95), quantile(sum.b.us, 0.5), quantile(sum.b.us, 0.95)];
    console.log([sum.a.us.length, sum.b.us.length, ...times.map(us => us.toFixed(1)), (times[0] / times[2]).toFixed(3), quantile(ratios, 0.1).toFixed(3),
        quantile(ratios, 0.9).toFixed(3), ...sizes, quantile(sum.a.cpu, 0.5).toFixed(1), quantile(sum.b.cpu, 0.5).toFixed(1)].join('\t'));
    await a.client.end();
    b.client.destroy ? b.client.destroy() : await b.client.disconnect();
}

await main();
