// Runs before the first paint, so that a page never flashes in the wrong colours or is read aloud in the wrong language.
// A file and not a line in the page: the content security policy allows no inline script.
(function () {
  try {
    var scheme = localStorage.getItem("stafett.scheme");
    var language = localStorage.getItem("stafett.language");
    if (scheme === "light" || scheme === "dark") document.documentElement.dataset.colorScheme = scheme;
    if (language === "nb" || language === "en") document.documentElement.lang = language;
  } catch (_noStorage) {
    // Then the system's colours and Norwegian stand.
  }
})();
