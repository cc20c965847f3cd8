/* Sojourn's browser script: page views, and what a page says of its visitors, to `sojourn serve`.
 * <script src="https://collect.example/sojourn.js" data-write-key="KEY" defer></script>
 * Without consent (data-consent="required", or Global Privacy Control) it stores and sends nothing. */
(function () {
  'use strict';
  var tag = document.currentScript;
  var host = tag.dataset.host || new URL(tag.src).origin;
  var STORE = 'sojourn', MOST = 100, FIRST_WAIT = 1000, LONGEST_WAIT = 60000;
  var CLICKS = ['gclid', 'gbraid', 'wbraid', 'fbclid', 'msclkid', 'ttclid', 'twclid', 'li_fat_id'];
  var CAMPAIGN = { utm_source: 'source', utm_medium: 'medium', utm_campaign: 'name',
    utm_term: 'term', utm_content: 'content' };
  var memory = null, wait = FIRST_WAIT, timer = null, sending = false, lastPage = null;

  function id() {
    return crypto.randomUUID ? crypto.randomUUID()
      : Array.from(crypto.getRandomValues(new Uint8Array(16)), function (byte) {
        return (byte + 256).toString(16).slice(1);
      }).join('');
  }

  function read() {
    if (memory) return memory;
    try { memory = JSON.parse(localStorage.getItem(STORE)) || {}; } catch (e) { memory = {}; }
    if (typeof memory !== 'object') memory = {};
    if (!Array.isArray(memory.queue)) memory.queue = [];
    return memory;
  }

  function write() {
    try { localStorage.setItem(STORE, JSON.stringify(memory)); } catch (e) { /* kept in memory */ }
  }

  function allowed() {
    var said = read().consent;
    if (said === true || said === false) return said;
    return tag.dataset.consent !== 'required' && navigator.globalPrivacyControl !== true;
  }

  /* An address without what may be secret: only campaign tags and click ids stay. */
  function address(raw) {
    try {
      var url = new URL(raw), kept = new URLSearchParams();
      url.searchParams.forEach(function (value, key) {
        if (key in CAMPAIGN || CLICKS.indexOf(key) >= 0) kept.append(key, value);
      });
      var query = kept.toString();
      return url.origin + url.pathname + (query ? '?' + query : '');
    } catch (e) { return ''; }
  }

  function context() {
    var found = { page: { url: address(location.href), title: document.title },
      userAgent: navigator.userAgent, locale: navigator.language };
    if (read().consent === true) found.consent = { analytics: true };
    if (document.referrer) found.page.referrer = address(document.referrer);
    var campaign = {};
    new URLSearchParams(location.search).forEach(function (value, key) {
      if (key in CAMPAIGN) campaign[CAMPAIGN[key]] = value;
    });
    if (Object.keys(campaign).length) found.campaign = campaign;
    return found;
  }

  function put(type, more) {
    if (!allowed()) return;
    var state = read();
    state.anonymousId = state.anonymousId || id();
    var call = { type: type, messageId: id(), anonymousId: state.anonymousId,
      timestamp: new Date().toISOString(), context: context() };
    if (state.userId) call.userId = state.userId;
    Object.keys(more).forEach(function (key) { if (more[key] != null) call[key] = more[key]; });
    state.queue.push(call);
    if (state.queue.length > MOST) state.queue.shift();
    write();
    later(0);
  }

  function envelope(calls) {
    return JSON.stringify({ writeKey: tag.dataset.writeKey, sentAt: new Date().toISOString(), batch: calls });
  }

  function later(milliseconds) {
    if (timer === null) timer = setTimeout(function () { timer = null; send(); }, milliseconds);
  }

  function done(calls) {
    var sent = calls.map(function (call) { return call.messageId; }), state = read();
    state.queue = state.queue.filter(function (call) { return sent.indexOf(call.messageId) < 0; });
    write();
    wait = FIRST_WAIT;
    if (state.queue.length) later(0);
  }

  function again(answer) {
    var told = answer && Number(answer.headers.get('Retry-After'));
    later(told ? told * 1000 : wait);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }

  function send() {
    var calls = read().queue.slice(0, 50);
    if (sending || !calls.length || !allowed()) return;
    sending = true;
    fetch(host + '/v1/b', { method: 'POST', body: envelope(calls), keepalive: true, credentials: 'omit' })
      .then(function (answer) {
        sending = false;
        if (answer.status >= 500 || answer.status === 429 || answer.status === 408) again(answer);
        else done(calls);
      }, function () { sending = false; again(null); });
  }

  function page(name, properties) {
    lastPage = location.pathname;
    put('page', { name: name, properties: Object.assign({ url: address(location.href) }, properties) });
  }

  /* Who it was is forgotten; with `all` also what is not sent yet. */
  function forget(all) {
    memory = { queue: all ? [] : read().queue, consent: read().consent };
    if (memory.consent === undefined && !memory.queue.length) {
      try { localStorage.removeItem(STORE); } catch (e) { /* there was none */ }
    } else write();
  }

  function moved() { if (location.pathname !== lastPage) page(); }

  /* Forms and reviews that the page has marked; what is typed into a form is never looked at. */
  var FORM = '[data-sojourn-form]', REVIEW = '[data-sojourn-review]', said = new WeakMap();
  var THERE = 'form, iframe', READING = 2000, LOADING = 10;

  function once(element, event, more) {
    var events = said.get(element) || {};
    if (events[event] || !allowed()) return;
    events[event] = true;
    said.set(element, events);
    tell(element, event, more);
  }

  function tell(element, event, more) {
    var mine = element.dataset, about = 'sojournReview' in mine ? { review_id: mine.sojournReview }
      : { form_id: mine.sojournForm || element.id };
    put('track', { event: event, properties: Object.assign(about, more) });
  }

  function there(element) { return element.matches(THERE) || element.querySelector(THERE); }

  function soon(element, milliseconds, then) {
    var state = said.get(element) || {};
    clearTimeout(state.timer);
    state.timer = then && setTimeout(then, milliseconds);
    said.set(element, state);
  }

  var eyes = window.IntersectionObserver && new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) {
      var element = entry.target, review = element.matches(REVIEW);
      var seen = entry.intersectionRatio >= 0.5 || entry.intersectionRect.height > innerHeight / 2;
      if (!review && seen) once(element, 'Form Viewed');
      if (review) soon(element, READING, seen && function () { once(element, 'Review Read'); });
    });
  }, { threshold: [0, 0.1, 0.25, 0.5] });

  function watch() {
    document.querySelectorAll(FORM + ',' + REVIEW).forEach(function (element) {
      var state = said.get(element) || {};
      if (state.watched) return;
      if (element.matches(REVIEW) || there(element)) {
        state.watched = true;
        said.set(element, state);
        if (eyes) eyes.observe(element);
      } else if (!state.waits) {
        state.waits = true;
        said.set(element, state);
        setTimeout(function () {
          if (element.isConnected && !there(element)) once(element, 'Form Failed', { reason: 'never loaded' });
        }, (Number(element.dataset.wait) || LOADING) * 1000);
      }
    });
  }

  function onForm(type, then) {
    document.addEventListener(type, function (event) {
      var element = event.target.closest && event.target.closest(FORM);
      if (element) then(element, event);
    }, true);
  }

  onForm('input', function (element) { once(element, 'Form Started'); });
  onForm('submit', function (element) { tell(element, 'Form Submitted'); });
  onForm('sojourn:failed', function (element, event) {
    tell(element, 'Form Failed', { reason: String(event.detail || 'failed') });
  });
  var refused = null;
  onForm('invalid', function (element, event) {
    if (refused === null) {
      tell(element, 'Form Failed', { reason: 'invalid', field: event.target.name });
      refused = setTimeout(function () { refused = null; }, 0);
    }
  });
  new MutationObserver(watch).observe(document.documentElement, { childList: true, subtree: true });
  watch();

  var waiting = (window.sojourn && window.sojourn.q) || [];
  window.sojourn = {
    page: page,
    track: function (event, properties) { put('track', { event: event, properties: properties }); },
    identify: function (userId, traits) {
      if (allowed() && userId != null) { read().userId = String(userId); }
      put('identify', { traits: traits });
    },
    reset: function () { forget(false); },
    consent: function (given) {
      read().consent = given === true;
      if (given === true) { write(); if (lastPage === null) page(); } else forget(true);
    }
  };
  ['pushState', 'replaceState'].forEach(function (name) {
    var plain = history[name];
    history[name] = function () { var out = plain.apply(this, arguments); moved(); return out; };
  });
  addEventListener('popstate', moved);
  addEventListener('online', function () { later(0); });
  addEventListener('pagehide', function () {
    var calls = read().queue.slice(0, 50);
    if (calls.length && allowed() && navigator.sendBeacon) navigator.sendBeacon(host + '/v1/b', envelope(calls));
  });
  if (allowed()) page();
  waiting.forEach(function (call) { window.sojourn[call[0]].apply(null, call.slice(1)); });
})();
