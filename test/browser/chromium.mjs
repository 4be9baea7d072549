// A headless Chromium, spoken to by the DevTools protocol over a pipe: no package but the browser itself.
import { spawn } from 'node:child_process';

export class Browser {
    // Starts one with a profile in `directory`, which is thrown away.
    static async start(directory) {
        const browser = new Browser();
        browser.process = spawn('chromium', ['--headless', '--remote-debugging-pipe', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars',
            '--no-first-run', '--disable-background-networking', '--disable-extensions', `--user-data-dir=${directory}`], {
            stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], env: { ...process.env, HOME: directory, XDG_CONFIG_HOME: directory, XDG_CACHE_HOME: directory } });
        browser.process.on('exit', code => { for (const { reject } of browser.waiting.values()) reject(new Error(`chromium ended with ${code}`)); });
        browser.process.stdio[4].on('data', bytes => browser.receive(bytes));
        return browser;
    }

    waiting = new Map();
    listeners = [];
    rest = Buffer.alloc(0);
    last = 0;

    receive(bytes) {
        this.rest = Buffer.concat([this.rest, bytes]);
        for (let end; (end = this.rest.indexOf(0)) >= 0; this.rest = this.rest.subarray(end + 1)) {
            const message = JSON.parse(this.rest.subarray(0, end).toString());
            const waiting = this.waiting.get(message.id);
            if (waiting) {
                this.waiting.delete(message.id);
                message.error ? waiting.reject(new Error(`${waiting.method}: ${message.error.message}`)) : waiting.resolve(message.result);
            } else for (const listener of this.listeners) listener(message);
        }
    }

    send(method, params = {}, sessionId = undefined) {
        const id = ++this.last;
        this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0');
        return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject, method }));
    }

    async open() {
        const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
        const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
        const page = new Page(this, targetId, sessionId);
        for (const domain of ['Page', 'Runtime', 'Network', 'Log', 'DOM']) await page.send(`${domain}.enable`);
        return page;
    }

    async stop() {
        const ended = new Promise(resolve => this.process.on('exit', resolve));
        await this.send('Browser.close').catch(() => {});
        await ended;
    }
}

export class Page {
    problems = []; // errors on the console, exceptions, refusals by the page's policy, dialogs
    requests = []; // addresses that the page asked for

    constructor(browser, target, session) {
        Object.assign(this, { browser, target, session });
        browser.listeners.push(message => { if (message.sessionId === session) this.hear(message); });
    }

    hear({ method, params }) {
        if (method === 'Runtime.exceptionThrown') this.problems.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
        if (method === 'Runtime.consoleAPICalled' && ['error', 'warning', 'assert'].includes(params.type)) this.problems.push(params.args.map(a => a.value ?? a.description).join(' '));
        if (method === 'Log.entryAdded' && ['error', 'warning'].includes(params.entry.level)) this.problems.push(params.entry.text);
        if (method === 'Page.javascriptDialogOpening') {
            this.problems.push(`dialog: ${params.message}`);
            this.send('Page.handleJavaScriptDialog', { accept: false });
        }
        if (method === 'Network.requestWillBeSent') this.requests.push(params.request.url);
        if (method === 'Page.loadEventFired') this.loaded?.();
    }

    send(method, params) { return this.browser.send(method, params, this.session); }

    // What the screen is like: { width, height, mobile, dark }.
    async look({ width, height, mobile, dark }) {
        await this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile });
        await this.send('Emulation.setTouchEmulationEnabled', { enabled: mobile });
        await this.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }] });
    }

    async go(url) {
        const loaded = new Promise(resolve => { this.loaded = resolve; });
        await this.send('Page.navigate', { url });
        await loaded;
    }

    // The value of an expression, or of a function's call with plain arguments, in the page.
    async ask(script, ...args) {
        const expression = typeof script === 'function' ? `(${script})(${args.map(a => JSON.stringify(a)).join(', ')})` : script;
        const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
        if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
        return result.value;
    }

    async pointAt(x, y, mobile = false) {
        if (!mobile) return this.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y });
        await this.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x, y }] });
    }
    async lift() { await this.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] }); }
    async click(x, y) {
        for (const type of ['mousePressed', 'mouseReleased']) await this.send('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1 });
    }
    async press(key, text = undefined) {
        await this.send('Input.dispatchKeyEvent', { type: 'keyDown', key, code: key === ' ' ? 'Space' : key, text, windowsVirtualKeyCode: key === ' ' ? 32 : key === 'Tab' ? 9 : undefined });
        await this.send('Input.dispatchKeyEvent', { type: 'keyUp', key, code: key === ' ' ? 'Space' : key });
    }

    async picture() {
        const { data } = await this.send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true });
        return Buffer.from(data, 'base64');
    }

    close() { return this.browser.send('Target.closeTarget', { targetId: this.target }); }
}
