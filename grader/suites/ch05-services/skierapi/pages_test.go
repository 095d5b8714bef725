package skierapi_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"scalelab/labs/ch05-services/skierapi"
)

func TestPages(t *testing.T) {
	play(t, "Page after page",
		func(w *world) {
			a := w.wants(200, get("/skiers"), "there are no skiers")
			w.isPage(a, nil, false)
		},
		pages(1, []int{3}, 1),
		pages(7, []int{3}, 3, 3, 1),
		pages(6, []int{3}, 3, 3),
		pages(3, []int{1}, 1, 1, 1),
		pages(9, []int{1, 4, 2, 50}, 1, 4, 2, 2),
		pages(25, []int{0}, 20, 5),
		pages(20, []int{0}, 20),
		pages(103, []int{100}, 100, 3),
		func(w *world) {
			w.people(3)
			for _, limit := range []string{"0", "101", "ten", "1.5", "3x", "99999999999999999999999"} {
				w.refuses(400, get("/skiers?limit="+limit), "a limit is a number from 1 to 100")
			}
			for _, cursor := range []string{"nonsense", "%00%ff", "!!!", "999999999999999999999", "eyJvZmZzZXQiOi0xfQ", "LTE", "e30"} {
				a := w.sends(get("/skiers?cursor=" + cursor))
				if a.status != 200 {
					w.same(statusText(400), a.String(), "a cursor that was never given out is answered with 400, or with a page")
				}
			}
		},
	)
}

// people puts so many skiers into the store, and returns their IDs in order.
func (w *world) people(n int) (ids []string) {
	w.t.Helper()
	for i := range n {
		s, err := w.store.Memory.Create(w.t.Context(), person(fmt.Sprint("skier", i)))
		if err != nil {
			w.t.Fatal(err)
		}
		ids = append(ids, s.ID)
	}
	slices.Sort(ids)
	w.story.happens(inStore, fmt.Sprintf("in the store there are %d skiers: %s", n, shortened(strings.Join(ids, " "))))
	return ids
}

// pages is a scene in which somebody turns the pages of so many skiers, with these limits; the last one stays. 0 is no limit.
func pages(people int, limits []int, sizes ...int) func(*world) {
	return func(w *world) {
		ids := w.people(people)
		next := ""
		for i, size := range sizes {
			r := pageOf(limits[min(i, len(limits)-1)], next)
			a := w.wants(200, r, "a page")
			next = w.isPage(a, ids[:size], len(ids) > size)
			ids = ids[size:]
		}
	}
}

// pageOf is a request for a page.
func pageOf(limit int, cursor string) request {
	query := url.Values{}
	if limit > 0 {
		query.Set("limit", fmt.Sprint(limit))
	}
	if cursor != "" {
		query.Set("cursor", cursor)
	}
	if len(query) == 0 {
		return get("/skiers")
	}
	return get("/skiers?" + query.Encode())
}

// isPage demands that a page has these skiers, in this order, and says whether there is another one.
func (w *world) isPage(a reply, ids []string, more bool) (next string) {
	w.t.Helper()
	got, next := a.page()
	w.same(strings.Join(ids, " "), strings.Join(got, " "), "the skiers of the page, in the order of their IDs")
	w.same(fmt.Sprint("next: ", more), fmt.Sprint("next: ", next != ""), "next is there if there are more skiers, and only then")
	return next
}

func TestPagesInMotion(t *testing.T) {
	draw(t, "Pages while skiers come and go",
		motion("nothing changes", func(*world, []string, []string) {}),
		motion("a skier of the page is deleted", func(w *world, page, _ []string) { w.leaves(page[0]) }),
		motion("the last skier of the page is deleted", func(w *world, page, _ []string) { w.leaves(page[len(page)-1]) }),
		motion("the whole page is deleted", func(w *world, page, _ []string) { w.leaves(page...) }),
		motion("the next skier is deleted", func(w *world, _, rest []string) {
			if len(rest) > 1 {
				w.leaves(rest[0])
			}
		}),
		motion("skiers are created", func(w *world, page, _ []string) {
			for _, id := range page {
				w.knows("friend-of-" + id)
			}
		}),
	)
}

func (w *world) leaves(ids ...string) {
	w.t.Helper()
	for _, id := range ids {
		w.loses(skierapi.Skier{ID: id})
	}
}

// motion is a scene in which something happens after each page. Each request goes to another copy of the service.
func motion(what string, happens func(w *world, page, rest []string)) func(*world) {
	return func(w *world) {
		w.story.title += ": " + what
		stay := w.people(10)
		seen := map[string]int{}
		next := ""
		for turn := 0; turn == 0 || next != ""; turn++ {
			if turn > 40 {
				w.same("a last page", "pages without end", "somebody turns the pages of ten skiers and a few that come")
			}
			w.service = skierapi.New(w.store)
			w.story.happens(service, "a new copy of the service gets the next request")
			a := w.wants(200, pageOf(3, next), "a page")
			var page []string
			page, next = a.page()
			for _, id := range page {
				seen[id]++
			}
			happens(w, page, unseen(stay, seen))
			stay = slices.DeleteFunc(stay, func(id string) bool { return !w.exists(id) })
		}
		for _, id := range stay {
			if seen[id] != 1 {
				w.story.looks(client, fmt.Sprintf("has found %s on %d pages", id, seen[id]))
			}
			w.same("1", fmt.Sprint(seen[id]), fmt.Sprintf("on how many pages %s is, who was there all the while", id))
		}
	}
}

func unseen(ids []string, seen map[string]int) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return seen[id] > 0 })
}

func (w *world) exists(id string) bool {
	_, err := w.store.Memory.Skier(w.t.Context(), id)
	return err == nil
}
