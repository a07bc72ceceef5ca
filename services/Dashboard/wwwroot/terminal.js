"use strict";

// The keys of a peer's terminal: what is typed, its history and its completion, so that none of them waits for the server.

const historyLimit = 200;
// As the peer's own prompt decides it.
const isSecret = line =>
    /--token\b|^\s*[/!].*(\bkeys\s+(add|use|remove)\s|\bset\s+\S*(token|key|secret|password)\S*\s|(token|key|secret|password)\w*=)/i.test(line);

export function attach(root, server, peer) {
    const input = root.querySelector("input");
    const screen = root.querySelector(".screen");
    const menu = root.querySelector(".candidates");
    const count = root.querySelector(".count");
    const storage = `terminal-history:${peer}`;
    const history = read(storage);
    const ended = new AbortController();
    let place = history.length;
    let draft = "";
    let choices = null;
    let chosen = -1;
    let atEnd = true;

    const on = (target, type, handler) => target.addEventListener(type, handler, { signal: ended.signal });

    // ---- the screen stays at its end unless somebody scrolled up ----

    const follow = new MutationObserver(() => {
        if (atEnd) {
            screen.scrollTop = screen.scrollHeight;
        }
    });
    follow.observe(screen, { childList: true });
    on(screen, "scroll", () => {
        atEnd = screen.scrollTop + screen.clientHeight >= screen.scrollHeight - 8;
    });
    // A click into the empty screen means the line, unless text was selected.
    on(screen, "click", () => {
        if (getSelection().isCollapsed) {
            input.focus();
        }
    });

    function columns() {
        const style = getComputedStyle(screen);
        const measure = document.createElement("canvas").getContext("2d");
        measure.font = `${style.fontSize} ${style.fontFamily}`;
        const padding = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
        return Math.floor((screen.clientWidth - padding) / measure.measureText("0").width);
    }

    // ---- the line ----

    function show(line, cursor = line.length) {
        input.value = line;
        input.setSelectionRange(cursor, cursor);
        counted();
    }

    function counted() {
        const text = input.value;
        const length = [...text].length - (text.startsWith("\\") ? 1 : 0);
        count.textContent = text.length === 0 || /^\s*[/!#]/.test(text) ? "" : `${length}/${input.dataset.limit}`;
        count.classList.toggle("over", length > Number(input.dataset.limit));
    }

    function enter() {
        const line = input.value;
        if (line.trim().length === 0) {
            return;
        }

        if (!isSecret(line) && history.at(-1) !== line) {
            history.push(line);
            history.splice(0, history.length - historyLimit);
            write(storage, history);
        }

        place = history.length;
        draft = "";
        atEnd = true;
        show("");
        server.invokeMethodAsync("Enter", line, columns());
    }

    // Earlier and later lines that begin as the one that was being typed.
    function recall(step) {
        if (place === history.length) {
            draft = input.value;
        }

        let next = place + step;
        while (next >= 0 && next < history.length && (!history[next].startsWith(draft) || history[next] === input.value)) {
            next += step;
        }

        if (next >= 0 && next <= history.length) {
            place = next;
            show(next === history.length ? draft : history[next]);
        }
    }

    // ---- completion ----

    async function complete() {
        const [line, cursor] = [input.value, input.selectionStart];
        const answer = await server.invokeMethodAsync("CompleteAsync", line, cursor);
        if (ended.signal.aborted || !answer || answer.choices.length === 0 || input.value !== line || input.selectionStart !== cursor) {
            return;
        }

        choices = { line, start: answer.start, end: answer.start + answer.length, of: answer.choices };
        if (answer.choices.length === 1) {
            put(answer.choices[0]);
            close();
            return;
        }

        const typed = line.slice(choices.start, choices.end);
        const common = answer.choices.map(c => c.text).reduce(commonStart);
        if (common.length > typed.length && common.startsWith(typed)) {
            put({ text: common, isWhole: false });
        }

        menu.replaceChildren(...answer.choices.map(option));
        menu.hidden = false;
        input.setAttribute("aria-expanded", "true");
    }

    function option(choice, index) {
        const item = document.createElement("li");
        item.role = "option";
        item.id = `${menu.id}-${index}`;
        const name = document.createElement("b");
        name.textContent = choice.text;
        const description = document.createElement("span");
        description.textContent = choice.description;
        item.append(name, description);
        item.addEventListener("mousedown", event => {
            event.preventDefault();
            put(choice);
            close();
        });
        return item;
    }

    function put(choice) {
        const rest = choices.line.slice(choices.end);
        const text = choice.text + (choice.isWhole && !rest.startsWith(" ") ? " " : "");
        show(choices.line.slice(0, choices.start) + text + rest, choices.start + text.length);
    }

    function choose(step) {
        menu.children[chosen]?.removeAttribute("aria-selected");
        const size = choices.of.length;
        chosen = chosen < 0 ? (step > 0 ? 0 : size - 1) : (chosen + step + size) % size;
        const item = menu.children[chosen];
        item.setAttribute("aria-selected", "true");
        item.scrollIntoView({ block: "nearest" });
        input.setAttribute("aria-activedescendant", item.id);
        put(choices.of[chosen]);
    }

    function close() {
        choices = null;
        chosen = -1;
        menu.hidden = true;
        menu.replaceChildren();
        input.setAttribute("aria-expanded", "false");
        input.removeAttribute("aria-activedescendant");
    }

    // ---- keys ----

    on(input, "input", () => {
        place = history.length;
        close();
        counted();
    });
    on(input, "blur", close);
    on(input, "keydown", event => {
        if (event.isComposing || event.altKey || event.metaKey) {
            return;
        }

        const isOpen = !menu.hidden;
        if (event.ctrlKey) {
            control(event);
        } else if (event.key === "Enter") {
            event.preventDefault();
            if (isOpen && chosen >= 0) {
                close();
            } else {
                close();
                enter();
            }
        } else if (event.key === "Tab" && isOpen) {
            event.preventDefault();
            choose(event.shiftKey ? -1 : 1);
        } else if (event.key === "Tab" && !event.shiftKey && input.value.length > 0) {
            event.preventDefault();
            complete();
        } else if (event.key === "Escape" && isOpen) {
            event.preventDefault();
            close();
        } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
            event.preventDefault();
            const step = event.key === "ArrowUp" ? -1 : 1;
            if (isOpen) {
                choose(step);
            } else {
                recall(step);
            }
        }
    });

    function control(event) {
        if (event.key === "c" && input.selectionStart === input.selectionEnd && getSelection().isCollapsed) {
            event.preventDefault();
            close();
            show("");
            server.invokeMethodAsync("Cancel");
        } else if (event.key === "l") {
            event.preventDefault();
            server.invokeMethodAsync("Clear");
        }
    }

    counted();
    input.focus();
    return {
        detach() {
            ended.abort();
            follow.disconnect();
        },
    };
}

function commonStart(one, other) {
    let length = 0;
    while (length < one.length && one[length] === other[length]) {
        length++;
    }

    return one.slice(0, length);
}

function read(key) {
    try {
        const lines = JSON.parse(localStorage.getItem(key) ?? "[]");
        return Array.isArray(lines) ? lines.filter(line => typeof line === "string").slice(-historyLimit) : [];
    } catch {
        return [];
    }
}

function write(key, lines) {
    try {
        localStorage.setItem(key, JSON.stringify(lines));
    } catch {
        // No room, or not allowed: the history lives as long as the page.
    }
}
