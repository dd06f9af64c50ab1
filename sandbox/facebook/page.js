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
    const answer = await fetch("/web/facebook/api/graphql/", { method: "POST", body: form });
    const text = await answer.text();
    busy = false;
    if (!text || text.startsWith("for (;;);")) return;
    const units = JSON.parse(text.split("\n")[0]).data.node.timeline_list_feed_units;
    units.edges.forEach(show);
    info = units.page_info;
    timeline.dataset.hasMore = String(info.has_next_page);
    observer.unobserve(end);
    observer.observe(end);
  };
  const observer = new IntersectionObserver((seen) => {
    if (seen.some((one) => one.isIntersecting)) load();
  });
  observer.observe(end);
})();
