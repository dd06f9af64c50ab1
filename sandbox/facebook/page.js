// Fetches three further posts whenever the end of the timeline is seen.
(() => {
  const timeline = document.getElementById("timeline");
  const end = document.createElement("div");
  timeline.after(end);
  let info = null;
  for (const script of document.querySelectorAll("script[data-sjs]")) {
    const match = /"page_info":(\{[^}]*\})/.exec(script.textContent);
    if (match) info = JSON.parse(match[1]);
  }
  let busy = false;

  const show = (edge) => {
    const story = edge.node.comet_sections.content.story;
    const article = document.createElement("div");
    article.setAttribute("role", "article");
    article.style.minHeight = "240px";
    article.textContent = story.message ? story.message.text : "";
    timeline.append(article);
  };

  // A document is the list with its first posts, one further post, or the page info alone.
  const take = (document) => {
    const data = document.data || {};
    const units = (data.node || {}).timeline_list_feed_units;
    if (units) units.edges.forEach(show);
    else if (document.path && document.path.includes("edges")) show(data);
    info = (units && units.page_info) || data.page_info || info;
  };

  const load = async () => {
    if (busy || !info || !info.has_next_page) return;
    busy = true;
    const variables = { count: 3, cursor: info.end_cursor, id: timeline.dataset.page };
    const form = new URLSearchParams({
      doc_id: "9876543210123456",
      fb_api_req_friendly_name: "ProfileCometTimelineFeedRefetchQuery",
      lsd: timeline.dataset.lsd,
      variables: JSON.stringify(variables),
    });
    const path = `/web/facebook/api/graphql/${window.location.search}`;
    const answer = await fetch(path, { method: "POST", body: form });
    const text = await answer.text();
    busy = false;
    if (!text || text.startsWith("for (;;);")) return;
    info = null;
    for (const line of text.split("\n")) take(JSON.parse(line));
    timeline.dataset.hasMore = String(Boolean(info && info.has_next_page));
    observer.unobserve(end);
    observer.observe(end);
  };
  const observer = new IntersectionObserver((seen) => {
    if (seen.some((one) => one.isIntersecting)) load();
  });
  observer.observe(end);
})();
