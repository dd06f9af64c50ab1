// Asks for a guest token, then for the user and for some of the posts.
(async () => {
  const main = document.querySelector("main");
  const guest = await (await fetch("/web/x/1.1/guest/activate.json", { method: "POST" })).json();
  const headers = {
    authorization: "Bearer AAAAAAAAAAAAAAAAAAAAAsandbox",
    "x-guest-token": guest.guest_token,
  };
  const ask = async (query, name, variables) => {
    const params = new URLSearchParams({ variables: JSON.stringify(variables) });
    const answer = await fetch(`/web/x/i/api/graphql/${query}/${name}?${params}`, { headers });
    return answer.json();
  };
  const variables = { screen_name: main.dataset.name };
  const found = await ask("qW5u-DAuXpMEG0zA1F7UGQ", "UserByScreenName", variables);
  const user = found.data.user.result;
  if (!user) return;
  const shown = await ask("V7H0Ap3_Hh2FyS75OCDO3Q", "UserTweets", { userId: user.rest_id });
  for (const instruction of shown.data.user.result.timeline.timeline.instructions) {
    for (const entry of instruction.entries ?? []) {
      const article = document.createElement("article");
      article.dataset.testid = "tweet";
      article.textContent = entry.content.itemContent.tweet_results.result.legacy.full_text;
      main.append(article);
    }
  }
})();
