// Prints all six tabs of a signed-in user, then shows that another user's are refused.
//
//   node tabs.js USER [OTHER]      the database by PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE; ROI_ROLE (authenticated), ROI_SCHEMA (public)
//
// It does what a server between browser and database does: it has verified the user's token, and hands its claims on with each
// transaction. pg: npm install, or Debian's node-pg with NODE_PATH=/usr/share/nodejs.
'use strict';
const { Client } = require('pg');

const [user, other = 'user_somebody_else'] = process.argv.slice(2);
const role = process.env.ROI_ROLE || 'authenticated';
const schema = process.env.ROI_SCHEMA || 'public';

// Runs work in a transaction of the role with the claims of a token: both end with the transaction, whatever comes of it.
async function signedIn(client, claims, work) {
  await client.query('BEGIN');
  try {
    await client.query("SELECT set_config('role', $1, true), set_config('request.jwt.claims', $2, true)", [role, JSON.stringify({ ...claims, role })]);
    const answer = await work();
    await client.query('COMMIT');
    return answer;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

// Calls a function with named arguments, values as parameters: no text of a user becomes SQL.
async function call(client, name, named = {}) {
  const keys = Object.keys(named);
  const given = keys.map((key, i) => `${client.escapeIdentifier(key)} => $${i + 1}`).join(', ');
  const sql = `SELECT * FROM ${client.escapeIdentifier(schema)}.${client.escapeIdentifier(name)}(${given})`;
  return (await client.query(sql, keys.map((key) => named[key]))).rows;
}

const tabs = [
  ['Overview', 'roi_total', {}],
  ['Revenue', 'roi_revenue_by_source', {}],
  ['Revenue by week', 'roi_revenue_trends', { bucket: 'week' }],
  ['Cost', 'roi_cost_breakdown', {}],
  ['Profitability: lifetime value', 'roi_clv', {}],
  ['Profitability: acquisition cost', 'roi_cac', {}],
  ['Profitability: payback', 'roi_payback_period', {}],
  ['ROI trends against the benchmark', 'roi_benchmark', {}],
  ['Channels', 'roi_channel_performance', {}],
];

async function printTabs(client) {
  const period = '30d';
  for (const [title, name, more] of tabs) {
    console.log(`\n== ${title}: ${name}()`);
    for (const row of await call(client, name, { period, ...more })) console.log(JSON.stringify(row));
  }
  const trend = await call(client, 'roi_trends', { period });
  console.log(`\n== ROI trends: roi_trends(), ${trend.length} days, the last one`);
  console.log(JSON.stringify(trend[trend.length - 1] || null));
  const [{ roi_dashboard: dashboard }] = await call(client, 'roi_dashboard', { period });
  console.log(`\n== All of it in one round trip: roi_dashboard(), keys ${Object.keys(dashboard).join(', ')}`);
  console.log(JSON.stringify(dashboard.total));
}

// True when the database refuses with 42501, the answer a client must get.
async function isRefused(client) {
  try {
    await signedIn(client, { sub: user }, () => call(client, 'roi_total', { user_id: other }));
  } catch (error) {
    console.log(`\n== ${other} is refused: ${error.code} ${error.message}\n   ${error.hint}`);
    return error.code === '42501';
  }
  console.error(`\n${other} was answered: row level security is not in force`);
  return false;
}

async function main() {
  if (!user) throw new Error('usage: node tabs.js USER [OTHER]');
  const client = new Client();
  await client.connect();
  try {
    await signedIn(client, { sub: user }, () => printTabs(client));
    if (!(await isRefused(client))) process.exitCode = 1;
  } finally {
    await client.end();
  }
}

main().catch((error) => {
  console.error(error.hint ? `${error.message}\n${error.hint}` : error.message);
  process.exitCode = 1;
});
