// Asking the server, once or again and again.

export async function get(address) {
  const response = await fetch(address, {headers: {Accept: 'application/json'}});
  const answer =
      await response.json().catch(() => ({error: `${response.status} ${response.statusText}`}));
  if (!response.ok) throw new Error(answer.error || response.statusText);
  return answer;
}

// Calls `show(answer)` now and whenever the store has changed; `period(answer)` gives the
// milliseconds between two questions. A hidden page does not ask. Returns what ends it.
export function follow(address, show, fail, period) {
  let stamp = '';
  let timer = 0;
  let stopped = false;
  let latest = null;
  const live = document.getElementById('live');
  async function ask() {
    if (stopped) return;
    if (document.hidden && latest) {
      timer = setTimeout(ask, 1000);
      return;
    }
    try {
      const where = stamp ?
          `${address}${address.includes('?') ? '&' : '?'}since=${encodeURIComponent(stamp)}` :
          address;
      const answer = await get(where);
      if (stopped) return;
      live.textContent = '';
      stamp = answer.stamp || '';
      if (!answer.unchanged) {
        latest = answer;
        show(answer);
      }
    } catch (error) {
      if (stopped) return;
      if (latest)
        live.textContent = 'connection lost, trying again';
      else
        fail(error);
    }
    timer = setTimeout(ask, latest ? period(latest) : 3000);
  }
  ask();
  return () => {
    stopped = true;
    clearTimeout(timer);
    live.textContent = '';
  };
}
