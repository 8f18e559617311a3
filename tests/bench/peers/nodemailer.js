// nodemailer with a pool of kept connections, for `make bench`: node nodemailer.js KIND PORT MESSAGES LETTER.json
// KIND "templates": handlebars templates, compiled once, rendered for each recipient. "raw": ready octets, the same for all.
// Modules are looked for in NODE_PATH. Prints one JSON object: how many the server took, and the octets of one copy.
"use strict";
const fs = require("fs");
const net = require("net");
const handlebars = require("handlebars");
const nodemailer = require("nodemailer");
const MailComposer = require("nodemailer/lib/mail-composer");

const [kind, port, messages, letterFile] = process.argv.slice(2);
const letter = JSON.parse(fs.readFileSync(letterFile, "utf8"));
const CONNECTIONS = 10;
const SENDER = "press@press.example.org";

// the project's own letter as templates; MORE is where it is lengthened
let text, html;
function write(count, last) {
  const more = (what, end) => Array(count).fill(what).concat([end]);
  text = handlebars.compile(letter.text.replace("MORE", () => more(letter.more_text, last).join("\n\n")), { noEscape: true });
  html = handlebars.compile(letter.html.replace("MORE", () => more(letter.more_html, `<p>${last}</p>`).join("\n")));
}

const address = (number) => `reporter${number}@desk${number % 40}.example.org`;

function mail(number) {
  const token = number.toString(16).padStart(26, "0");
  const reader = { token, reference: `1-${number}` };
  return {
    from: letter.from,
    to: { name: `Reportera Núñez ${number}`, address: address(number) },
    subject: letter.subject,
    text: text(reader),
    html: html(reader),
    headers: { ...letter.fields, "List-Unsubscribe": `<mailto:bot+u.${token}@press.example.org>` },
  };
}

const octets = (number) =>
  new Promise((resolve, reject) =>
    new MailComposer(mail(number)).compile().build((wrong, made) => (wrong ? reject(wrong) : resolve(made)))
  );
const size = async () => (await octets(0)).length;

// paragraphs until the copy has the octets that were asked for, then words for the rest
async function fit() {
  write(0, "");
  const short = await size();
  write(10, "");
  const each = ((await size()) - short) / 10;
  const count = Math.max(0, Math.floor((letter.octets - short) / each));
  write(count, "");
  write(count, "word ".repeat(Math.max(0, Math.floor((letter.octets - (await size())) / 11))));
}

async function main() {
  await fit();
  const ready = await octets(0);
  const pool = nodemailer.createTransport({
    // with TCP_NODELAY, which nodemailer does not set: without it each copy waits 40 ms for the other side's delayed ACK
    getSocket(options, done) {
      const socket = net.connect({ host: "127.0.0.1", port: Number(port), noDelay: true });
      socket.once("error", done);
      socket.once("connect", () => done(null, { connection: socket }));
    },
    host: "127.0.0.1",
    port: Number(port),
    pool: true,
    maxConnections: CONNECTIONS,
    maxMessages: Infinity,
    secure: false,
    ignoreTLS: true,
  });
  let next = 0;
  let sent = 0;
  // the pool is kept fed, and no more than that: thousands waiting in it would only cost memory
  async function feed() {
    while (next < Number(messages)) {
      const number = next++;
      const what = kind === "raw" ? { envelope: { from: SENDER, to: [address(number)] }, raw: ready } : mail(number);
      const told = await pool.sendMail(what);
      sent += told.accepted.length;
    }
  }
  await Promise.all(Array.from({ length: 2 * CONNECTIONS }, feed));
  pool.close();
  console.log(JSON.stringify({ sent, octets: ready.length }));
}

main().catch((wrong) => {
  console.error(wrong);
  process.exit(1);
});
