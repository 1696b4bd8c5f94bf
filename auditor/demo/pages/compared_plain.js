document.addEventListener("DOMContentLoaded", function () {
  let shelf = JSON.parse(localStorage.getItem("bookroom.shelf") || "[]");
  const byFloor = new Map();
  shelf.forEach(book => { if (!byFloor.has(book.floor)) byFloor.set(book.floor, []); byFloor.get(book.floor).push(book); });
  function walk(walker) {
    const wrong = [];
    for (const [floor, books] of byFloor) {
      books.sort((p, q) => p.position - q.position);
      books.reduce((before, book) => { if (before && book.spine < before.spine) wrong.push({ floor, walker, spine: book.spine, expected: before.position }); return book; }, null);
    }
    return wrong;
  }
  function vote(wishes, title, reader) {
    const wish = wishes.find(one => one.title.trim() === title.trim()) || { title, voters: [] };
    if (wish.voters.indexOf(reader) === -1) wish.voters.push(reader);
    if (!wishes.includes(wish)) wishes.push(wish);
    return wishes.sort((p, q) => q.voters.length - p.voters.length).slice(0, 50);
  }
  function drawMap(canvas, floor) {
    const pen = canvas.getContext("2d"), books = byFloor.get(floor) || [];
    pen.clearRect(0, 0, canvas.width, canvas.height);
    books.forEach(book => { pen.fillStyle = book.lent ? "#c33" : "#3a3"; pen.fillRect(10 + (book.position % 20) * 14, 10 + Math.floor(book.position / 20) * 24, 12, 20); });
  }
  function settle(entries, party, month) {
    return entries.filter(entry => entry.party === party && entry.date.startsWith(month)).reduce((account, entry) => { account[entry.paid ? "paid" : "due"] += entry.cents; return account; }, { due: 0, paid: 0 });
  }
  window.bookroom = { walk, vote, drawMap, settle };
});
