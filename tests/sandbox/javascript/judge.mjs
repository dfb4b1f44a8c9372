// The JavaScript SDK against a sandbox: load, build, submit both ways, bump, page, stream. Prints "fine" at the end.
import { strict as assert } from "node:assert";
import { Asset, Horizon, Keypair, Memo, Operation, TransactionBuilder } from "@stellar/stellar-sdk";

const [url, networkPassphrase, friendbot] = process.argv.slice(2);
const server = new Horizon.Server(url, { allowHttp: true });
const [alice, bob] = [Keypair.random(), Keypair.random()];
for (const who of [alice, bob]) {
  const reply = await fetch(`${friendbot}?addr=${who.publicKey()}`);
  assert.equal(reply.status, 200);
}

const account = await server.loadAccount(alice.publicKey());
function build(amount) {
  const tx = new TransactionBuilder(account, { fee: "100", networkPassphrase })
    .addOperation(Operation.payment({ destination: bob.publicKey(), asset: Asset.native(), amount }))
    .addMemo(Memo.text("1-test-js"))
    .setTimeout(60)
    .build();
  tx.sign(alice);
  return tx;
}

const heard = new Promise((resolve) => {
  const close = server.payments().forAccount(bob.publicKey()).cursor("now").stream({
    onmessage: (payment) => { close(); resolve(payment); },
  });
});
await new Promise((resolve) => setTimeout(resolve, 300));

const first = await server.submitTransaction(build("1.5"));
assert.equal(first.successful, true);
assert.equal((await heard).amount, "1.5000000");

const inner = build("2");
const bump = TransactionBuilder.buildFeeBumpTransaction(bob, "1000", inner, networkPassphrase);
bump.sign(bob);
const answer = await server.submitAsyncTransaction(bump);
assert.equal(answer.tx_status, "PENDING");
const hash = inner.hash().toString("hex");
for (let tries = 0; ; tries++) {
  try {
    const found = await server.transactions().transaction(hash).call();
    assert.equal(found.fee_charged, "200");
    break;
  } catch (error) {
    if (tries > 100 || error.response?.status !== 404) throw error;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

let page = await server.payments().forAccount(bob.publicKey()).limit(1).call();
const ids = [];
while (page.records.length) {
  ids.push(...page.records.map((record) => record.id));
  page = await page.next();
}
assert.equal(ids.length, 3);

try {
  const poor = new TransactionBuilder(account, { fee: "100", networkPassphrase })
    .addOperation(Operation.payment({ destination: Keypair.random().publicKey(), asset: Asset.native(), amount: "1" }))
    .setTimeout(60)
    .build();
  poor.sign(alice);
  await server.submitTransaction(poor);
  assert.fail("it should not have succeeded");
} catch (error) {
  assert.deepEqual(error.response.data.extras.result_codes.operations, ["op_no_destination"]);
}
console.log("fine");
process.exit(0);
