// A configuration of nginx for the tests: in a folder of its own, in the foreground, with what is to go inside `http`.
export function nginxWith(inside: string): string {
  const kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
  return `
    ${process.getuid?.() === 0 ? "user root;" : ""}
    daemon off;
    worker_processes 1;
    pid nginx.pid;
    events {}
    http {
      access_log off;
      ${kinds.map((kind) => `${kind}_temp_path ${kind};`).join(" ")}
      ${inside}
    }`
}
