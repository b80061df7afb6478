// Shows changes as they come, and how a picture looked before. Pages work without it.
"use strict";

// ---- How a picture looked before ----

function showSteps() {
    const slider = document.getElementById("packets");
    if (!slider)
        return;
    const form = slider.form, count = Number(slider.value);
    document.getElementById("count").value = `${count} of ${slider.max}`;
    const mark = document.getElementById("mark").checked ? 1 : 0;
    document.getElementById("picture").src = `${form.dataset.picture}?packets=${count}&mark=${mark}`;
    showBars(count);
}

function showBars(count) {
    for (const bar of document.querySelectorAll("[data-packet]"))
        bar.classList.toggle("later", Number(bar.dataset.packet) > count);
}

// What can be done without the button.
function takeSteps() {
    const button = document.getElementById("show");
    if (!button)
        return;
    button.hidden = true;
    showBars(Number(document.getElementById("packets").value));
}

let stepTimer;
document.addEventListener("input", (event) => {
    if (!event.target.closest("#steps"))
        return;
    clearTimeout(stepTimer);
    stepTimer = setTimeout(showSteps, 60);
});

// ---- Changes ----

// The page is read anew, and of its parts those that differ take the place of the old ones.
async function refresh() {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.redirected || [401, 403, 404].includes(answer.status)) {
        location.reload();
        return;
    }
    if (!answer.ok)
        throw new Error(`${answer.status}`);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    await loadPictures(fresh);
    const was = whereTheUserIs();
    replaceParts(fresh);
    takeSteps();
    goBackTo(was);
}

// So that no picture is blank while the next one loads.
function loadPictures(fresh) {
    const shown = new Set(Array.from(document.images, (image) => image.src));
    const changed = Array.from(fresh.images, (image) => new URL(image.getAttribute("src"), location.href).href)
        .filter((source) => !shown.has(source)).slice(0, 12);
    return Promise.all(changed.map((source) => {
        const image = new Image();
        image.src = source;
        return image.decode().catch(() => {});
    }));
}

function partsOf(page) {
    return Array.from(page.querySelectorAll("[data-part]"));
}

function replaceParts(fresh) {
    const now = partsOf(document), next = partsOf(fresh), before = new Map(sent);
    rememberParts(fresh);
    if (now.map((part) => part.id).join("\n") !== next.map((part) => part.id).join("\n")) {
        document.getElementById("main").replaceChildren(...fresh.getElementById("main").childNodes);
        return;
    }
    for (const [i, part] of now.entries()) {
        if (before.get(part.id) !== sent.get(part.id))
            part.replaceWith(next[i]);
    }
}

// As the server sent them: what the script changes in them is no difference.
const sent = new Map();
function rememberParts(page) {
    sent.clear();
    for (const part of partsOf(page))
        sent.set(part.id, part.outerHTML);
}

function whereTheUserIs() {
    const slider = document.getElementById("packets"), mark = document.getElementById("mark");
    return {
        focus: document.activeElement && document.activeElement.id,
        back: slider && slider.value !== slider.max ? slider.value : null,
        mark: mark && mark.checked !== mark.defaultChecked ? mark.checked : null,
    };
}

function goBackTo(was) {
    const slider = document.getElementById("packets"), mark = document.getElementById("mark");
    if (slider && was.back)
        slider.value = was.back;
    if (mark && was.mark !== null)
        mark.checked = was.mark;
    if (slider && (was.back || was.mark !== null))
        showSteps();
    const focus = was.focus && document.getElementById(was.focus);
    if (focus && focus !== document.activeElement)
        focus.focus({ preventScroll: true });
}

// One at a time, and at most one a second.
let isDue = false, isBusy = false;
async function refreshSoon() {
    isDue = true;
    if (isBusy)
        return;
    isBusy = true;
    while (isDue) {
        isDue = false;
        try {
            await refresh();
            say("");
        } catch {
            isDue = true;
            say("The service does not answer. Trying again ...");
        }
        await new Promise((done) => setTimeout(done, isDue ? 5000 : 1000));
    }
    isBusy = false;
}

function say(text) {
    const state = document.getElementById("state");
    if (state.textContent !== text)
        state.textContent = text;
}

function concerns(watch, kind, change) {
    if (watch === "alarms")
        return kind === "alarm" || kind === "gone";
    if (watch === "*")
        return kind !== "alarm";
    return watch === change.device || watch === `${change.device}/${change.id}`;
}

function listen() {
    const watch = document.body.dataset.watch;
    if (!watch)
        return;
    const stream = new EventSource(`/live?since=${encodeURIComponent(document.body.dataset.mark)}`);
    for (const kind of ["camera", "picture", "alarm", "gone", "reload"]) {
        stream.addEventListener(kind, (event) => {
            if (kind === "reload" || concerns(watch, kind, JSON.parse(event.data)))
                refreshSoon();
        });
    }
    // The browser joins again by itself, unless it was refused.
    stream.addEventListener("error", () => {
        if (stream.readyState !== EventSource.CLOSED)
            return;
        setTimeout(() => {
            refreshSoon();
            listen();
        }, 10000);
    });
    addEventListener("pagehide", () => stream.close(), { once: true });
}

rememberParts(document);
takeSteps();
listen();
