// Opens reports in a browser as readers would: node report.mjs DIRECTORY [--long] [--axe FILE]
//
// DIRECTORY holds NAME.html and NAME.json, the answers of the functions: {"figures": {source: {column: text}}, "changes": {column: text}, "tables":
// {source: [{column: text}]}}. Prints "ok" or "not ok", a tab, the test's name, a tab and particulars; leaves screenshots there.
import fs from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Browser } from './chromium.mjs';

const directory = process.argv[2], long = process.argv.includes('--long');
const axe = process.argv.includes('--axe') ? fs.readFileSync(process.argv[process.argv.indexOf('--axe') + 1], 'utf8') : '';
const screens = [];
for (const dark of [false, true]) {
    screens.push({ name: `desktop ${dark ? 'dark' : 'light'}`, width: 1280, height: 900, mobile: false, dark });
    screens.push({ name: `phone ${dark ? 'dark' : 'light'}`, width: 390, height: 844, mobile: true, dark });
}

function test(good, name, particulars = '') {
    console.log([good ? 'ok' : 'not ok', name, good ? '' : String(particulars).replace(/\s+/g, ' ').slice(0, 800)].join('\t'));
}
const same = (got, wanted, name) => test(JSON.stringify(got) === JSON.stringify(wanted), name, `${JSON.stringify(got)} instead of ${JSON.stringify(wanted)}`);

// --- numbers ---

// What a reader should see of an exact decimal: rounded half away from zero, by whole numbers alone.
function rounded(exact, decimals) {
    const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(exact);
    const digits = BigInt(whole + fraction.padEnd(decimals + 1, '0').slice(0, decimals + 1));
    const text = String((digits + 5n) / 10n).padStart(decimals + 1, '0');
    const at = text.length - decimals, number = decimals ? `${text.slice(0, at)}.${text.slice(at)}` : text;
    const grouped = number.replace(/^\d+/, part => part.replace(/\B(?=(\d{3})+$)/g, ','));
    return (sign && /[1-9]/.test(number) ? '-' : '') + grouped;
}

function check_numbers(page_numbers, wanted, name) {
    const wrong = [];
    let count = 0;
    const compare = (where, exact, shown, expected) => {
        ++count;
        if (exact !== expected) wrong.push(`${where}: ${exact} instead of ${expected}`);
        if (exact === null) return;
        const text = shown.replace(/^[▲▼] /, '').replace(/^\+/, '').replace(/ %$/, '');
        const decimals = text.includes('.') ? text.split('.')[1].length : 0;
        if (text !== rounded(exact, decimals)) wrong.push(`${where} shows ${shown} for ${exact}`);
    };
    for (const { source, column, exact, shown } of page_numbers.figures)
        compare(`${source}.${column}`, exact, shown, source === 'roi_compare' ? wanted.changes[column] ?? null : wanted.figures[source][column] ?? null);
    for (const { source, columns, rows } of page_numbers.tables) {
        const answers = source === 'roi_trends' && columns.includes('campaign_markers') ? null : wanted.tables[source];
        if (!answers) continue;
        if (rows.length !== answers.length) wrong.push(`${source}: ${rows.length} rows instead of ${answers.length}`);
        rows.forEach((row, i) => row.forEach(({ exact, shown, isNumber }, n) => { if (isNumber) compare(`${source}[${i}].${columns[n]}`, exact, shown, answers[i]?.[columns[n]] ?? null); }));
    }
    test(wrong.length === 0 && count > 20, `${name}: ${count} numbers are the functions'`, wrong.slice(0, 5).join('; '));
}

// Runs in the page.
function numbers_of_page() {
    const cell = element => {
        const data = element.querySelector('data');
        return { exact: data ? data.value : null, shown: (data ?? element).textContent, isNumber: element.classList.contains('number') };
    };
    return {
        figures: [...document.querySelectorAll('span[data-source]')].map(e => ({ source: e.dataset.source, column: e.dataset.column, ...cell(e) })),
        tables: [...document.querySelectorAll('table')].map(t => ({
            source: t.dataset.source, columns: [...t.tHead.rows[0].cells].map(c => c.dataset.column), rows: [...t.tBodies[0].rows].map(r => [...r.cells].map(cell)) })) };
}

// --- charts ---

// Runs in the page: where the points of a chart's visible drawing lie on the screen.
function points_of_chart(id, wanted) {
    const figure = document.getElementById(id), svg = [...figure.querySelectorAll('svg')].find(s => s.getBoundingClientRect().width > 0);
    svg.scrollIntoView({ block: 'center' });
    const box = svg.getBoundingClientRect(), view = svg.viewBox.baseVal, { along, bands, begin, size } = svg.dataset;
    const labels = JSON.parse(figure.dataset.chart).labels, last = labels.length - 1;
    return wanted.map(w => w < 0 ? last : Math.min(w, last)).map(i => {
        const unit = bands === '1' ? +begin + +size * (i + 0.5) / (last + 1) : last > 0 ? +begin + +size * i / last : +begin + +size / 2;
        const share = unit / (along === 'x' ? view.width : view.height);
        return { i, x: along === 'x' ? box.left + share * box.width : box.left + box.width / 2, y: along === 'x' ? box.top + box.height / 2 : box.top + share * box.height };
    });
}
function tip_of_chart(id) {
    const figure = document.getElementById(id), tip = figure.querySelector('.tip'), box = tip.getBoundingClientRect();
    return { hidden: tip.hidden, lines: [...tip.children].map(e => e.textContent), inside: tip.hidden || box.left >= -1 && box.right <= document.documentElement.clientWidth + 1 };
}
const words_of = (chart, i, off = []) => [chart.labels[i], ...chart.series.filter((_, n) => !off.includes(n)).map(s => `${s.name}: ${s.shown[i]}`), ...(chart.stars[i] ?? []).map(n => `★ ${n}`)];

async function check_tooltips(page, id, chart, screen, name) {
    for (const { i, x, y } of await page.ask(points_of_chart, id, [0, Math.floor(chart.labels.length / 2), -1])) {
        await page.pointAt(x, y, screen.mobile);
        const tip = await page.ask(tip_of_chart, id);
        if (screen.mobile) await page.lift();
        test(!tip.hidden && tip.inside && JSON.stringify(tip.lines) === JSON.stringify(words_of(chart, i)), `${name}: ${id}: point ${i} says its numbers`, JSON.stringify(tip));
    }
}

async function check_keyboard(page, id, chart, name) {
    await page.ask(`document.querySelector('#${id} .plot').focus()`);
    await page.press('Escape'); // whatever a pointer has left there
    const seen = [];
    for (const key of ['ArrowRight', 'ArrowRight', 'End', 'ArrowLeft', 'Home', 'Escape']) {
        await page.press(key);
        const tip = await page.ask(tip_of_chart, id);
        seen.push(tip.hidden ? 'hidden' : tip.lines[0]);
    }
    const last = chart.labels.length - 1;
    same(seen, [chart.labels[0], chart.labels[Math.min(1, last)], chart.labels[last], chart.labels[Math.max(0, last - 1)], chart.labels[0], 'hidden'], `${name}: ${id}: arrow keys go from point to point`);
}

async function check_legend(page, id, chart, name) {
    const state = () => page.ask(i => {
        const figure = document.getElementById(i), svg = [...figure.querySelectorAll('svg')].find(s => s.getBoundingClientRect().width > 0);
        return [figure.querySelector('button').getAttribute('aria-pressed'), [...svg.querySelectorAll('g[data-series="0"]')].every(g => getComputedStyle(g).display === 'none')];
    }, id);
    const at = await page.ask(i => {
        const button = document.querySelector(`#${i} button`);
        button.scrollIntoView({ block: 'center' });
        const box = button.getBoundingClientRect();
        return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
    }, id);
    await page.click(at.x, at.y);
    same(await state(), ['false', true], `${name}: ${id}: a click hides a series`);
    const [point] = await page.ask(points_of_chart, id, [0]);
    await page.pointAt(point.x, point.y);
    same((await page.ask(tip_of_chart, id)).lines, words_of(chart, 0, [0]), `${name}: ${id}: what is hidden is not told`);
    await page.ask(`document.querySelector('#${id} button').focus()`);
    await page.press(' ', ' ');
    same(await state(), ['true', false], `${name}: ${id}: the keyboard shows it again`);
}

async function check_charts(page, screen, name, all) {
    const charts = await page.ask(() => [...document.querySelectorAll('figure[data-chart]')].map(f => [f.id, JSON.parse(f.dataset.chart)]));
    for (const [id, chart] of charts) {
        await check_tooltips(page, id, chart, screen, name);
        if (!all) continue;
        await check_keyboard(page, id, chart, name);
        if (await page.ask(`document.querySelector('#${id} button') !== null`)) await check_legend(page, id, chart, name);
    }
    return charts.length;
}

// --- the whole page ---

async function check_access(page, name) {
    if (!axe) return;
    await page.ask(axe + '; undefined');
    const found = await page.ask(async () => (await axe.run(document, { resultTypes: ['violations'] })).violations.map(v => `${v.impact} ${v.id}: ${v.nodes.length}, ${v.nodes[0].html.slice(0, 150)} ${v.nodes[0].failureSummary ?? ''}`));
    const serious = found.filter(f => /^(serious|critical)/.test(f));
    test(serious.length === 0, `${name}: axe finds no serious fault`, serious.join('; '));
    test(found.length === 0, `${name}: nor any other`, found.join('; '));
}

async function check_page(browser, report, screen, all) {
    const name = `${report}, ${screen.name}`, url = pathToFileURL(`${directory}/${report}.html`).href;
    const page = await browser.open();
    await page.look(screen);
    await page.go(url);
    check_numbers(await page.ask(numbers_of_page), JSON.parse(fs.readFileSync(`${directory}/${report}.json`, 'utf8')), name);
    const width = await page.ask('document.scrollingElement.scrollWidth');
    test(width <= screen.width, `${name}: nothing sticks out sideways`, `${width} > ${screen.width}`);
    const colours = await page.ask(`getComputedStyle(document.body).backgroundColor`);
    same(colours, screen.dark ? 'rgb(13, 17, 23)' : 'rgb(255, 255, 255)', `${name}: the background of its mode`);
    fs.writeFileSync(`${directory}/${report} ${screen.name}.png`, await page.picture());
    await check_access(page, name);
    const charts = await check_charts(page, screen, name, all);
    test(charts > 0 || report === 'nothing', `${name}: charts to point at`);
    same(page.problems, [], `${name}: no error on the console`);
    same(page.requests, [url], `${name}: no request but for itself`);
    await page.close();
}

async function check_paper(browser, report) {
    const page = await browser.open();
    await page.go(pathToFileURL(`${directory}/${report}.html`).href);
    const { data } = await page.send('Page.printToPDF', { printBackground: true });
    fs.writeFileSync(`${directory}/${report} printed.pdf`, Buffer.from(data, 'base64'));
    same(await page.ask(`document.querySelectorAll('details[open]').length`), 0, `${report}: tables that opened for printing close again`);
    await page.close();
}

// Without scripts the page is whole but for its tooltips; at 320 pixels it still reflows.
async function check_plain(browser, report) {
    const page = await browser.open();
    await page.look({ width: 320, height: 600, mobile: true, dark: false });
    await page.go(pathToFileURL(`${directory}/${report}.html`).href);
    test(await page.ask('document.scrollingElement.scrollWidth') <= 320, `${report}: fits 320 pixels`);
    await page.close();
}

const browser = await Browser.start(`${directory}/profile`);
try {
    const reports = fs.readdirSync(directory).filter(f => f.endsWith('.html')).map(f => f.slice(0, -5)).sort((a, b) => (b === 'month') - (a === 'month'));
    for (const report of reports)
        for (const [n, screen] of screens.entries())
            if (long || report === 'month' || n === reports.indexOf(report) % screens.length) await check_page(browser, report, screen, long || report === 'month');
    await check_paper(browser, 'month');
    await check_plain(browser, 'month');
} catch (error) {
    test(false, 'the browser', error.stack);
}
await browser.stop();
