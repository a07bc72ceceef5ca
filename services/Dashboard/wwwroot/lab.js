"use strict";

(() => {
    const themes = ["system", "light", "dark"];
    const root = document.documentElement;

    function apply(theme) {
        if (theme === "system") {
            delete root.dataset.theme;
        } else {
            root.dataset.theme = theme;
        }
    }

    function chosen() {
        const theme = localStorage.getItem("theme");
        return themes.includes(theme) ? theme : "system";
    }

    apply(chosen());

    document.addEventListener("click", event => {
        if (event.target.closest("#theme")) {
            const next = themes[(themes.indexOf(chosen()) + 1) % themes.length];
            localStorage.setItem("theme", next);
            apply(next);
        }
    });

    document.addEventListener("keydown", event => {
        const typing = event.target.closest("input, select, textarea");
        if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
            document.querySelector(".publish input")?.focus();
            event.preventDefault();
        }
    });

    // The page comes back by itself: it joins its old circuit if the server still has it, else it loads anew.
    document.addEventListener("DOMContentLoaded", () => {
        document.getElementById("components-reconnect-modal").addEventListener("components-reconnect-state-changed", event => {
            if (event.detail.state === "rejected") {
                location.reload();
            }
        });
        Blazor.start({ circuit: { reconnectionOptions: { maxRetries: Number.MAX_SAFE_INTEGER, retryIntervalMilliseconds: 1000 } } });
    });
})();
