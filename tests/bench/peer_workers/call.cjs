// The call of a peer's job, by either of node's own clients. Both keep connections
// alive. `fetch` is what most people write; `request` is the faster face of what is
// under it, and a package of its own.
const undici = require("undici");

const BODY = "some post body";

const CLIENTS = {
  fetch: async (url) => {
    const response = await fetch(url, { method: "POST", body: BODY });
    await response.text();
    return response.status;
  },
  request: async (url) => {
    const response = await undici.request(url, { method: "POST", body: BODY });
    await response.body.text();
    return response.statusCode;
  },
};

exports.caller = (client) => async (url) => {
  const status = await CLIENTS[client](url);
  if (status !== 200) throw new Error(`status ${status}`);
};
